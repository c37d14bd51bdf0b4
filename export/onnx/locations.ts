// Where a written graph says that its parameters lie: read back from the file itself.

import { readFileSync } from 'node:fs';
import type { Location } from './model.ts';
import { ModelProto } from './schema.ts';

interface ModelMessage {
  readonly graph: {
    readonly initializer: readonly {
      readonly name: string;
      readonly external_data: readonly { readonly key: string; readonly value: string }[];
    }[];
  };
}

/** By name; those that are stored in the graph have no location. */
export function readLocations(graphPath: string): ReadonlyMap<string, Location> {
  const model = ModelProto.toObject(ModelProto.decode(readFileSync(graphPath)), {
    arrays: true,
    longs: Number,
  }) as ModelMessage;
  const locations = new Map<string, Location>();
  for (const { name, external_data } of model.graph.initializer) {
    const said = new Map(external_data.map(({ key, value }) => [key, value]));
    const file = said.get('location');
    if (file === undefined) continue;
    const [offset, bytes] = [Number(said.get('offset')), Number(said.get('length'))];
    locations.set(name, { file, offset, bytes });
  }
  return locations;
}
