// A Dockerfile as stages of steps, with its arguments filled in: what a builder reads in it.

import { readFileSync } from 'node:fs';
import {
  DockerfileParser,
  type Instruction,
  type JSONInstruction,
  type ModifiableInstruction,
  type PropertyInstruction,
} from 'dockerfile-ast';

export interface Step {
  readonly keyword: string;
  /** Counted from 1. */
  readonly line: number;
  /** Without flags. */
  readonly text: string;
  readonly flags: ReadonlyMap<string, string>;
  /** The words of the exec form, or null for the shell's. */
  readonly exec: readonly string[] | null;
  /** Of ARG, ENV and LABEL; an argument without a value has null. */
  readonly properties: ReadonlyMap<string, string | null>;
}

export interface Stage {
  readonly name: string;
  /** Another stage, an image, or `scratch`. */
  readonly base: string;
  readonly steps: readonly Step[];
}

export interface Dockerfile {
  /** Those before the first stage. */
  readonly defaults: ReadonlyMap<string, string>;
  readonly stages: readonly Stage[];
}

export function readDockerfile(file = 'Dockerfile'): Dockerfile {
  const parsed = DockerfileParser.parse(readFileSync(file, 'utf8'));
  const defaults = new Map<string, string>();
  const stages: { name: string; base: string; steps: Step[] }[] = [];
  for (const instruction of parsed.getInstructions()) {
    const step = readStep(instruction);
    const stage = stages.at(-1);
    if (step.keyword === 'FROM') {
      const [base, as, name] = step.text.split(/\s+/);
      if (as?.toUpperCase() !== 'AS') throw new Error(`line ${step.line}: a stage without a name`);
      stages.push({ base: filledIn(base!, defaults), name: name!, steps: [] });
    } else if (stage === undefined) {
      for (const [name, value] of step.properties) defaults.set(name, value ?? '');
    } else {
      stage.steps.push(step);
    }
  }
  return { defaults, stages };
}

export function stageOf({ stages }: Dockerfile, name: string): Stage {
  const found = stages.find((stage) => stage.name === name);
  if (found === undefined) throw new Error(`there is no stage ${name}`);
  return found;
}

/** With `${NAME}` replaced. Throws where nobody says what it is. */
export function filledIn(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$\{(\w+)\}/g, (_whole, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`nothing says what ${name} is`);
    return value;
  });
}

/** What COPY copies, and where to. */
export function copied(step: Step): { readonly sources: readonly string[]; readonly to: string } {
  const words = step.text.split(/\s+/);
  return { sources: words.slice(0, -1), to: words.at(-1)! };
}

function readStep(instruction: Instruction): Step {
  const { getFlags } = instruction as Partial<ModifiableInstruction>;
  const { getJSONStrings } = instruction as Partial<JSONInstruction>;
  const { getProperties } = instruction as Partial<PropertyInstruction>;
  const flags = getFlags?.call(instruction) ?? [];
  const words = getJSONStrings?.call(instruction) ?? [];
  const properties = getProperties?.call(instruction) ?? [];
  return {
    keyword: instruction.getKeyword(),
    line: instruction.getRange().start.line + 1,
    text: instruction.getArgumentsContent() ?? '',
    flags: new Map(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
    exec: words.length === 0 ? null : words.map((word) => word.getJSONValue()),
    properties: new Map(properties.map((each) => [each.getName(), each.getValue()])),
  };
}
