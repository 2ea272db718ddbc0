/** Passed on when set; whatever else the host holds, credentials above all, stays with the host. */
const inherited = ['PATH', 'LD_LIBRARY_PATH', 'TMPDIR', 'LANG', 'TZ'] as const;

/** What the environment of a worker process consists of (design 5, invariant 8). */
export function workerEnvironment(host: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = inherited.flatMap((name) => (host[name] === undefined ? [] : [[name, host[name]] as const]));
  return {
    ...Object.fromEntries(kept),
    // libvips then has no loader that was not fuzzed, before a line of ours runs.
    VIPS_BLOCK_UNTRUSTED: '1',
    // glibc's arenas, one per thread, otherwise keep freed pixels (https://sharp.pixelplumbing.com/install#linux-memory-allocator).
    MALLOC_ARENA_MAX: '2',
  };
}
