import type { Signature } from '../../models/gpt2/signature.ts';
import type { Graph } from './ir.ts';

export function checkGraph(_graph: Graph, _contract: Signature): void {}
