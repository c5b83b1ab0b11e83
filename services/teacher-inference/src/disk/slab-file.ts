import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  futimesSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { RowChecksum, type SlabLayout } from './slab-layout.js';

/**
 * A slab's open file. Several processes may write one at the same time and die at any moment: what is in a file follows
 * from its name, so whoever finds the header missing or damaged writes the same bytes, and a row counts only by its
 * checksum.
 */
export class SlabFile {
  private readonly checksum: RowChecksum;
  private readonly row: Buffer;
  /** The row's tensors, and its bytes without the checksum, in the same memory. */
  private readonly parts: readonly Float32Array[];
  private readonly data: Buffer;
  /** 1 for each row that was found or written whole. */
  private readonly known: Uint8Array;
  private isHeaderSound = false;

  private constructor(
    private readonly file: number,
    private readonly layout: SlabLayout,
  ) {
    const { dataBytes, rowBytes, sizes, sampleCount } = layout;
    this.checksum = new RowChecksum(layout);
    const memory = new ArrayBuffer(rowBytes);
    this.row = Buffer.from(memory);
    this.data = this.row.subarray(0, dataBytes);
    let start = 0;
    this.parts = sizes.map((size) => {
      const part = new Float32Array(memory, start, size);
      start += 4 * size;
      return part;
    });
    this.known = new Uint8Array(sampleCount);
  }

  /**
   * Opens a slab's file.
   * @returns undefined when there is none and none is to be made.
   * @throws what the file system throws.
   */
  static open(folder: string, layout: SlabLayout, { create }: { create: boolean }): SlabFile | undefined {
    const flags = constants.O_RDWR | (create ? constants.O_CREAT : 0);
    try {
      return new SlabFile(openSync(join(folder, layout.fileName), flags, 0o644), layout);
    } catch (error) {
      if (!create && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Whether the file is nowhere any more: somebody made room for others. */
  get isRemoved(): boolean {
    return fstatSync(this.file).nlink === 0;
  }

  /** The tensors of these samples, in the order asked for; undefined unless all of them are there and whole. */
  read(indices: Int32Array): Float32Array[] | undefined {
    if (!this.hasHeader()) return undefined;
    const { sizes } = this.layout;
    const found = sizes.map((size) => new Float32Array(size * indices.length));
    for (let i = 0; i < indices.length; i += 1) {
      if (!this.readRow(indices[i])) return undefined;
      for (let t = 0; t < sizes.length; t += 1) found[t].set(this.parts[t], i * sizes[t]);
    }
    return found;
  }

  /**
   * Writes the tensors of these samples, but those that are there: a row that somebody was told of is never touched again.
   * When it returns, they outlive this process.
   * @throws what the file system throws; rows that were not written whole count as absent.
   */
  write(indices: Int32Array, tensors: readonly Float32Array[]): void {
    if (!this.hasHeader()) this.writeHeader();
    const { sizes, dataBytes } = this.layout;
    for (let i = 0; i < indices.length; i += 1) {
      const index = indices[i];
      if (this.known[index] === 1 || (this.isClaimed(index) && this.readRow(index))) continue;
      for (let t = 0; t < sizes.length; t += 1)
        this.parts[t].set(tensors[t].subarray(i * sizes[t], (i + 1) * sizes[t]));
      this.row.writeUInt32LE(this.checksum.of(index, this.data), dataBytes);
      this.writeAll(this.row, this.startOf(index));
      this.known[index] = 1;
    }
  }

  /** Sets the time of its last use, by which it is kept longer than others. */
  touch(timeMs: number): void {
    futimesSync(this.file, timeMs / 1000, timeMs / 1000);
  }

  close(): void {
    closeSync(this.file);
  }

  private hasHeader(): boolean {
    if (this.isHeaderSound) return true;
    const { header } = this.layout;
    const found = Buffer.alloc(header.byteLength);
    const count = readSync(this.file, found, 0, found.byteLength, 0);
    this.isHeaderSound = count === found.byteLength && found.equals(header);
    return this.isHeaderSound;
  }

  private writeHeader(): void {
    const { header, fileBytes } = this.layout;
    this.writeAll(header, 0);
    // Its full size from the start, so that the folder's limit holds whatever is written later.
    if (fstatSync(this.file).size < fileBytes) ftruncateSync(this.file, fileBytes);
    this.isHeaderSound = true;
  }

  /** Whether a row may be there: its checksum is not that of a hole. */
  private isClaimed(index: number): boolean {
    const { dataBytes, rowBytes } = this.layout;
    const place = this.startOf(index) + dataBytes;
    return (
      readSync(this.file, this.row, dataBytes, rowBytes - dataBytes, place) > 0 &&
      this.row.readUInt32LE(dataBytes) !== 0
    );
  }

  private readRow(index: number): boolean {
    const { rowBytes, dataBytes } = this.layout;
    const count = readSync(this.file, this.row, 0, rowBytes, this.startOf(index));
    const isWhole =
      count === rowBytes && this.row.readUInt32LE(dataBytes) === this.checksum.of(index, this.data);
    this.known[index] = isWhole ? 1 : 0;
    return isWhole;
  }

  private startOf(index: number): number {
    return this.layout.header.byteLength + index * this.layout.rowBytes;
  }

  private writeAll(bytes: Buffer, start: number): void {
    let done = 0;
    while (done < bytes.byteLength)
      done += writeSync(this.file, bytes, done, bytes.byteLength - done, start + done);
  }
}
