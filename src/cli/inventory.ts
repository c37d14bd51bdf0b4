// What is in the cache folder: models that were pulled, pulls that are not finished, and artifacts that
// checkpoints were exported to.

import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { exporterVersion } from '../../export/version.ts';
import { manifestFile, parseManifest } from '../../models/manifest.ts';
import type { Clock } from '../hub/clock.ts';
import { allPulled, modelsFolder, pulledName } from '../hub/pulled.ts';
import { leftovers } from '../hub/staging.ts';
import { formatsOf } from './formats.ts';
import { lastUsed, originOf } from './uses.ts';

interface Item {
  /** As people call the model; for an artifact, the model that it was exported from. */
  readonly name: string;
  readonly folder: string;
  readonly bytes: number;
  /** Null where nobody said. */
  readonly lastUsed: Date | null;
}

export interface PulledItem extends Item {
  readonly kind: 'pulled';
  readonly commit: string;
}

export interface UnfinishedItem extends Item {
  readonly kind: 'unfinished';
  readonly commit: string;
  readonly isUnderWay: boolean;
}

export interface ArtifactItem extends Item {
  readonly kind: 'exported';
  /** Of weights, and of keys and values; null where a newer or older Kvasir wrote it. */
  readonly formats: string | null;
  /** Nothing serves it any more. */
  readonly isOutdated: boolean;
  /** '' where nobody said. */
  readonly checkpointDirectory: string;
}

export type InventoryItem = PulledItem | UnfinishedItem | ArtifactItem;

/** By name; what a model was exported to after the model. */
export async function inventory(
  cacheDirectory: string,
  clock: Clock,
): Promise<readonly InventoryItem[]> {
  const items = [
    ...pulledItems(cacheDirectory),
    ...(await unfinishedItems(cacheDirectory, clock)),
    ...artifactItems(cacheDirectory),
  ];
  return items.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Of all files below; those that something else has, too, take no room of their own. */
export function folderBytes(folder: string, counts = (links: number) => links > 0): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const { size, nlink } = lstatSync(path.join(entry.parentPath, entry.name));
    if (counts(nlink)) bytes += size;
  }
  return bytes;
}

function pulledItems(cacheDirectory: string): PulledItem[] {
  return allPulled(cacheDirectory).map((model) => ({
    kind: 'pulled',
    name: pulledName(model),
    commit: model.commit,
    folder: model.folder,
    bytes: folderBytes(model.folder),
    lastUsed: lastUsed(model.folder),
  }));
}

async function unfinishedItems(cacheDirectory: string, clock: Clock): Promise<UnfinishedItem[]> {
  const items: UnfinishedItem[] = [];
  for (const repo of foldersIn(modelsFolder(cacheDirectory))) {
    for (const { folder, commit, isFree } of await leftovers(repo, clock)) {
      items.push({
        kind: 'unfinished',
        name: path.basename(repo).replace('--', '/'),
        commit,
        folder,
        bytes: folderBytes(folder),
        lastUsed: lstatSync(folder).mtime,
        isUnderWay: !isFree,
      });
    }
  }
  return items;
}

function artifactItems(cacheDirectory: string): ArtifactItem[] {
  return foldersIn(path.join(cacheDirectory, 'artifacts')).flatMap((folder) => {
    const basename = path.basename(folder);
    if (basename.startsWith('.') || !existsSync(path.join(folder, manifestFile))) return [];
    const origin = originOf(folder);
    const formats = formatsIn(folder);
    return {
      kind: 'exported',
      name: origin?.name ?? basename,
      folder,
      bytes: folderBytes(folder),
      lastUsed: lastUsed(folder),
      formats,
      isOutdated: formats === null || origin?.exporterVersion !== exporterVersion,
      checkpointDirectory: origin?.checkpointDirectory ?? '',
    };
  });
}

function formatsIn(artifact: string): string | null {
  try {
    const json = JSON.parse(readFileSync(path.join(artifact, manifestFile), 'utf8'));
    return formatsOf(parseManifest(json));
  } catch {
    return null;
  }
}

function foldersIn(parent: string): string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => path.join(parent, name));
}
