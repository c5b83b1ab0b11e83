// The generated encoders copy a tensor's bytes when the buffer grows, when a nested message is closed, at the
// end, and once more into a Buffer. This writer keeps large fields as references until the message is framed.
import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** Smaller fields are cheaper to copy than to remember. */
const minSegmentBytes = 1024;

interface Level {
  readonly small: BinaryWriter;
  readonly segments: Uint8Array[];
  byteCount: number;
}

/** A writer for generated `encode` functions whose result is a list of segments, large fields not copied. */
export class SegmentWriter extends BinaryWriter {
  private readonly parents: Level[] = [];
  private level: Level = newLevel();

  override uint32(value: number): this {
    this.level.small.uint32(value);
    return this;
  }

  override int32(value: number): this {
    this.level.small.int32(value);
    return this;
  }

  override int64(value: string | number | bigint): this {
    this.level.small.int64(value);
    return this;
  }

  override uint64(value: string | number | bigint): this {
    this.level.small.uint64(value);
    return this;
  }

  override bool(value: boolean): this {
    this.level.small.bool(value);
    return this;
  }

  override double(value: number): this {
    this.level.small.double(value);
    return this;
  }

  override float(value: number): this {
    this.level.small.float(value);
    return this;
  }

  override string(value: string): this {
    this.level.small.string(value);
    return this;
  }

  override bytes(value: Uint8Array): this {
    this.level.small.uint32(value.byteLength);
    return this.raw(value);
  }

  override raw(chunk: Uint8Array): this {
    if (chunk.byteLength < minSegmentBytes) {
      this.level.small.raw(chunk);
    } else {
      flush(this.level);
      append(this.level, chunk);
    }
    return this;
  }

  override fork(): this {
    this.parents.push(this.level);
    this.level = newLevel();
    return this;
  }

  override join(): this {
    const child = this.level;
    flush(child);
    this.level = this.parents.pop() ?? newLevel();
    this.level.small.uint32(child.byteCount);
    if (child.segments.length === 1) return this.raw(child.segments[0]);
    flush(this.level);
    for (const segment of child.segments) append(this.level, segment);
    return this;
  }

  /** The message's bytes in order. */
  segments(): { readonly segments: readonly Uint8Array[]; readonly byteCount: number } {
    flush(this.level);
    return this.level;
  }
}

function newLevel(): Level {
  return { small: new BinaryWriter(), segments: [], byteCount: 0 };
}

function flush(level: Level): void {
  const bytes = level.small.finish();
  if (bytes.byteLength > 0) append(level, bytes);
}

function append(level: Level, segment: Uint8Array): void {
  level.segments.push(segment);
  level.byteCount += segment.byteLength;
}
