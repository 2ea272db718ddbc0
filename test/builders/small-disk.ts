import { spawnSync } from 'node:child_process';

/** A command that runs another one with little room below `folder`: put in front of it. */
export interface SmallDisk {
  readonly how: 'tmpfs' | 'file size limit';
  readonly through: readonly string[];
}

const mount = (folder: string, megabytes: number): readonly string[] => [
  'unshare',
  '--user',
  '--map-root-user',
  '--mount',
  'sh',
  '-c',
  `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && "$@"; status=$?; find "$0" -mindepth 1 >&2; exit $status`,
  folder,
];

/**
 * A tmpfs that only the command sees, where user namespaces are allowed. Elsewhere a limit on the size of each file: the
 * write that exceeds it fails as one on a full disk does. Either way what the command leaves in the folder is listed on stderr.
 */
export function smallDisk(folder: string, megabytes: number): SmallDisk {
  const [command = '', ...args] = mount(folder, megabytes);
  if (spawnSync(command, [...args, 'true']).status === 0) return { how: 'tmpfs', through: [command, ...args] };
  console.warn('no tmpfs can be mounted here: a limit on the size of files stands in for the full disk');
  const script = `ulimit -f ${megabytes * 1024}; "$@"; status=$?; find "$0" -mindepth 1 >&2; exit $status`;
  return { how: 'file size limit', through: ['bash', '-c', script, folder] };
}
