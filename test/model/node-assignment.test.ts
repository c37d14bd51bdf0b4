import { expect, test } from 'vitest';
import { openSession, readManifest } from '../../src/model/artifact.ts';
import { examineAssignment, requireOnDevice } from '../../src/model/node-assignment.ts';
import { recordAssignment } from '../../src/onnxruntime/session.ts';
import { exportedStoryteller } from '../support/storyteller.ts';

const cuda = 'CUDAExecutionProvider';
const cpu = 'CPUExecutionProvider';
const node = (operator: string, provider = cuda) => ({ operator, provider, name: `${operator}_1` });

test('a graph that is all on the device is taken', () => {
  const nodes = [node('Gemm'), node('GroupQueryAttention')];
  expect(requireOnDevice(nodes)).toEqual({ onDevice: 2, refused: [], tolerated: [] });
});

test('a node on the CPU is refused by name', () => {
  expect(() => requireOnDevice([node('Gemm'), node('Gather', cpu)])).toThrow(
    '1 of 2 nodes of the graph would be computed on the CPU or carried there and back in each step: ' +
      'Gather Gather_1 (CPUExecutionProvider)',
  );
});

test('a copy between host and device is refused, wherever it is done', () => {
  const copy = node('MemcpyToHost');
  expect(examineAssignment([node('Gemm'), copy]).refused).toEqual([copy]);
});

test('what computes sizes may do so on the host', () => {
  const shape = node('Shape', cpu);
  expect(requireOnDevice([node('Gemm'), shape])).toEqual({
    onDevice: 1,
    refused: [],
    tolerated: [shape],
  });
});

test('a session that says nothing proves nothing', () => {
  expect(() => requireOnDevice([])).toThrow(/did not say/);
});

test('a session says which provider computes what', async () => {
  const artifact = await exportedStoryteller();
  const session = openSession(artifact, readManifest(artifact), {
    provider: { kind: 'cpu' },
    threads: 1,
    configuration: recordAssignment,
  });
  const nodes = session.assignedNodes();
  session.dispose();
  expect(nodes.length).toBeGreaterThan(50);
  expect(new Set(nodes.map(({ provider }) => provider))).toEqual(new Set([cpu]));
  expect(nodes.filter(({ operator }) => operator === 'GroupQueryAttention')).toHaveLength(8);
  expect(() => requireOnDevice(nodes)).toThrow(/and \d+ more/);
});
