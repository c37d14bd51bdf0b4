// Every command with all of its settings: those of config/, and the flags that are made of the fields
// of the API.

import type { Described } from '../config/help.ts';
import { type CommandName, commands } from '../config/table.ts';
import { fieldGroups, generateFields } from './generate-fields.ts';

export const allCommands: Readonly<Record<CommandName, Described>> = {
  ...commands,
  generate: {
    ...commands.generate,
    settings: { ...generateFields, ...commands.generate.settings },
    groups: { ...fieldGroups, ...commands.generate.groups },
  },
};
