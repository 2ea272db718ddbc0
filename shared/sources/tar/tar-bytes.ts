/** The bytes of a tar as its reader asks for them: forward only. */
export interface TarBytes {
  /**
   * Bytes from an offset on; fewer than asked for only where the tar ends. They are valid until the next call.
   *
   * @throws FanlightError permanent when they cannot be had
   */
  read(offset: number, lengthBytes: number): Promise<Uint8Array>;
  /** Bytes of the whole tar, as far as it is known: of a compressed one only when its end was met. */
  readonly endBytes: number | undefined;
}
