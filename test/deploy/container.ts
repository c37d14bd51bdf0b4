// A poor man's container: a folder as the root of a process that has process numbers of its own, with
// the system's programs mounted into it. Gone with the process: nothing is mounted outside it.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Child, startChild } from '../../bench/child.ts';

export interface ContainerOptions {
  /** Becomes `/`. */
  readonly root: string;
  /** An absolute path inside. */
  readonly folder: string;
  readonly environment: ReadonlyMap<string, string>;
  /** A number for user and group; 0 for the builder's own steps. */
  readonly user: number;
  /** Nothing under `root` can be written but `/tmp` and `writable`. */
  readonly isReadOnly: boolean;
  /** Folders inside that are emptied and can be written, as by `--tmpfs`. */
  readonly writable?: readonly string[];
  readonly shared?: SharedFolder;
}

/** A folder of this system, and where it is inside. */
export interface SharedFolder {
  readonly outside: string;
  readonly inside: string;
}

/** Why there are none here, or null. */
export function whyNoContainers(): string | null {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid!() !== 0) return 'needs root, to mount';
  const tried = spawnSync('unshare', [...isolated, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
  return tried.status === 0 ? null : 'this system allows no namespaces';
}

const isolated = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];

/** Of the system, read-only. */
const borrowed = ['usr', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'etc'];

// Its words stand in its second line; what is to be run comes after them. The shell becomes that, so that
// it is the first process, as in a container.
const script = `set -e
root=$1 mode=$2 folder=$3 user=$4 writable=$5 outside=$6 inside=$7; shift 7
mount --bind "$root" "$root"
for name in ${borrowed.join(' ')}; do
  if test -L /$name; then ln -sfn "$(readlink /$name)" "$root/$name"; continue; fi
  test -d /$name || continue
  mkdir -p "$root/$name"
  mount --bind /$name "$root/$name"
  mount -o remount,bind,ro "$root/$name"
done
mkdir -p "$root/proc" "$root/dev" "$root/tmp" "$root$folder"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
if test -n "$outside"; then mkdir -p "$root$inside"; mount --bind "$outside" "$root$inside"; fi
if test "$mode" = r; then mount -o remount,bind,ro "$root"; fi
for name in $writable; do mount -t tmpfs -o uid=$user tmpfs "$root$name"; done
exec chroot "$root" setpriv --reuid=$user --regid=$user --clear-groups \\
  sh -c 'cd "$0" && exec "$@"' "$folder" "$@"`;

/** Runs `words` as the first process of a container. */
export function startContained(options: ContainerOptions, words: readonly string[]): Child {
  const { root, folder, environment, user, isReadOnly, writable = [], shared } = options;
  const mode = isReadOnly ? 'r' : 'w';
  const inside = [
    ...[root, mode, folder, String(user), writable.join(' ')],
    ...[shared?.outside ?? '', shared?.inside ?? ''],
  ];
  const variables = [...environment].map(([name, value]) => `${name}=${value}`);
  return startChild('unshare', [
    ...isolated,
    ...['sh', '-c', script, 'container', ...inside],
    ...['env', '-i', `PATH=${searchPath}`, ...variables, ...words],
  ]);
}

/** Where node is found inside, too. */
const searchPath = [
  path.dirname(process.execPath),
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
].join(':');

/** The number that a container's first process has outside. */
export function firstProcess({ processId }: Child): number {
  const children = readFileSync(`/proc/${processId}/task/${processId}/children`, 'utf8');
  return Number(children.trim());
}
