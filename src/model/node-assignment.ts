// Whether a graph is computed on the device and nowhere else. A node on the CPU means that its inputs are
// brought there and its outputs back in every step, and that nothing can be captured.

import type { AssignedNode } from '../onnxruntime/session.ts';

const cudaProvider = 'CUDAExecutionProvider';

/** They compute sizes, which live on the host anyway. */
const shapeOperators = new Set(['Shape', 'Size']);

/** ONNX Runtime puts them in where a number has to change sides. */
export const copyOperators: readonly string[] = ['MemcpyFromHost', 'MemcpyToHost'];

export interface AssignmentFindings {
  readonly onDevice: number;
  /** Nodes that must not be where they are, or must not be at all. */
  readonly refused: readonly AssignedNode[];
  /** On the CPU, and harmless. */
  readonly tolerated: readonly AssignedNode[];
}

export function examineAssignment(nodes: readonly AssignedNode[]): AssignmentFindings {
  const elsewhere = nodes.filter(({ provider }) => provider !== cudaProvider);
  const copies = nodes.filter(({ operator }) => copyOperators.includes(operator));
  const tolerated = elsewhere.filter(({ operator }) => shapeOperators.has(operator));
  const refused = [...new Set([...elsewhere, ...copies])].filter(
    (node) => !tolerated.includes(node),
  );
  return { onDevice: nodes.length - elsewhere.length, refused, tolerated };
}

/** Throws `Error` with the nodes that are not on the device. */
export function requireOnDevice(nodes: readonly AssignedNode[]): AssignmentFindings {
  const findings = examineAssignment(nodes);
  if (nodes.length === 0) {
    throw new Error('ONNX Runtime did not say where it computes the graph');
  }
  if (findings.refused.length > 0) {
    throw new Error(
      `${findings.refused.length} of ${nodes.length} nodes of the graph would be computed on the CPU ` +
        `or carried there and back in each step: ${listed(findings.refused)}`,
    );
  }
  return findings;
}

const mostListed = 12;

export function listed(nodes: readonly AssignedNode[]): string {
  const names = nodes.map(({ operator, name, provider }) => `${operator} ${name} (${provider})`);
  const rest = names.length - mostListed;
  return names.slice(0, mostListed).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
