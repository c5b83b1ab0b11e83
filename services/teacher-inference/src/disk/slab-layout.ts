import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import { crc32 } from 'node:zlib';

/** What one file holds: the answers of a plan in one view, by sample. */
export interface SlabSpec {
  /** Digest of all that the answers depend on but the view. */
  readonly content: string;
  /** The view; `all` where samples look the same in every view. */
  readonly view: string;
  readonly sampleCount: number;
  /** The tensors of an answer, with the shapes of one sample. */
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/** Where everything is in a slab's file; all of it follows from the specification. */
export interface SlabLayout {
  readonly fileName: string;
  /** What the names of the same plan's files in other views begin with too. */
  readonly planName: string;
  readonly header: Buffer;
  readonly sampleCount: number;
  /** Numbers of one sample by tensor. */
  readonly sizes: readonly number[];
  /** Bytes of a row's numbers, and of the row with its checksum. */
  readonly dataBytes: number;
  readonly rowBytes: number;
  readonly fileBytes: number;
}

const magic = 'LYCEUM KEYS\n';
const version = 1;
const pageBytes = 4096;
const checksumBytes = 4;

/**
 * A slab's file: a header padded to whole pages, then a row a sample: its tensors one after the other as FP32, and a
 * checksum. Rows that nobody has written yet are holes.
 */
export function layoutOf(spec: SlabSpec): SlabLayout {
  const { view, sampleCount, tensors } = spec;
  const plan = { version, byteOrder: endianness(), content: spec.content, sampleCount, tensors };
  const planName = createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 40);
  const header = headerOf({ ...plan, view });
  const sizes = tensors.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  const dataBytes = 4 * sizes.reduce((a, b) => a + b, 0);
  const rowBytes = dataBytes + checksumBytes;
  const fileBytes = header.byteLength + rowBytes * sampleCount;
  const fileName = `${planName}.${view}.keys`;
  return { fileName, planName, header, sampleCount, sizes, dataBytes, rowBytes, fileBytes };
}

/** Magic, length, the specification as JSON, and the checksum of all that. */
function headerOf(content: object): Buffer {
  const json = Buffer.from(JSON.stringify(content));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.byteLength);
  const text = Buffer.concat([Buffer.from(magic), length, json]);
  const header = Buffer.alloc(Math.ceil((text.byteLength + checksumBytes) / pageBytes) * pageBytes);
  text.copy(header);
  header.writeUInt32LE(crc32(text), text.byteLength);
  return header;
}

/**
 * The checksum of a row: of the file's name, its index and its numbers, so that no row of another file or place has it.
 * Never 0, which is what holes have.
 */
export class RowChecksum {
  private readonly seed: number;
  private readonly index = Buffer.alloc(4);

  constructor({ fileName }: SlabLayout) {
    // Not of the header: what ends with its own checksum has the same one whatever it says.
    this.seed = crc32(fileName);
  }

  of(index: number, data: Uint8Array): number {
    this.index.writeUInt32LE(index);
    return crc32(data, crc32(this.index, this.seed)) || 1;
  }
}
