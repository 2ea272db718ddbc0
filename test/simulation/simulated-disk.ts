import { Writable } from 'node:stream';

/** Paths below it are no files of this machine. */
export const diskPrefix = '/simulated/';

class WriteStream extends Writable {
  bytesWritten = 0;

  constructor(onEnd: (content: Buffer) => void) {
    const chunks: Buffer[] = [];
    super({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk);
        this.bytesWritten += chunk.length;
        done();
      },
      final: (done) => {
        onEnd(Buffer.concat(chunks));
        done();
      },
    });
  }
}

/** The few file operations that the processor's host uses, in memory and in the order asked for. */
export class SimulatedDisk {
  readonly #files = new Map<string, Buffer>();
  readonly #directories = new Set<string>();

  /** Whatever has been left behind. */
  paths(): string[] {
    return [...this.#directories, ...this.#files.keys()];
  }

  mkdtemp(prefix: string): string {
    return this.mkdir(`${prefix}${this.#directories.size}`);
  }

  mkdir(path: string): string {
    this.#directories.add(path);
    return path;
  }

  readdir(path: string): string[] {
    const below = `${path}/`;
    return this.paths()
      .filter((file) => file.startsWith(below))
      .map((file) => file.slice(below.length));
  }

  readFile(path: string): Buffer {
    const content = this.#files.get(path);
    if (content === undefined)
      throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT' });
    return content;
  }

  writeFile(path: string, content: Buffer): void {
    this.#files.set(path, content);
  }

  openForWriting(path: string): Writable {
    return new WriteStream((content) => this.writeFile(path, content));
  }

  unlink(path: string): void {
    this.#files.delete(path);
  }

  rmdir(path: string): void {
    this.#directories.delete(path);
  }

  rm(path: string): void {
    for (const file of this.readdir(path)) {
      this.#files.delete(`${path}/${file}`);
      this.#directories.delete(`${path}/${file}`);
    }
    this.#directories.delete(path);
  }

  statfs(_path: string): { bavail: number; bsize: number } {
    return { bavail: 1_000_000, bsize: 4_096 };
  }
}
