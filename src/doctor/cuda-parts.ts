// Checks of what CUDA needs, part by part: driver, device, provider, libraries, options, memory and its
// speed.

import { statSync } from 'node:fs';
import path from 'node:path';
import type { CudaSettings } from '../model/cuda-model.ts';
import { gibibytes } from '../model/device-memory-plan.ts';
import { type CudaDevice, readCudaDriver } from '../onnxruntime/cuda-driver.ts';
import { cudaProviderFile, findCudaProvider, packageVersion } from '../onnxruntime/cuda-files.ts';
import { openCudaLibraries } from '../onnxruntime/cuda-libraries.ts';
import { cudaProviderOptions, understoodCudaOptions } from '../onnxruntime/cuda-options.ts';
import { cudaRuntimeVersion, deviceMemoryInfo } from '../onnxruntime/cuda-runtime.ts';
import { CudaStream } from '../onnxruntime/cuda-stream.ts';
import { readDynamicSection } from '../onnxruntime/elf.ts';
import { prepareCuda } from '../onnxruntime/provider.ts';
import type { Findings, Result } from './findings.ts';

export interface CudaParts {
  readonly device: CudaDevice;
  /** Read and written, as a copy within the device does; null where it could not be measured. */
  readonly bytesPerSecond: number | null;
}

/** Null where something that everything else needs is missing. */
export async function checkCudaParts(
  findings: Findings,
  settings: CudaSettings,
  requireUsable: (device: CudaDevice, cudaVersion: string) => void,
): Promise<CudaParts | null> {
  const device = await findings.check('driver and device', settings, ({ deviceId }) =>
    driverAndDevice(deviceId, requireUsable),
  );
  const folder = await findings.check('provider', settings, providerFiles);
  const libraries = await findings.check('CUDA libraries', settings, cudaLibraries);
  const complete = folder && libraries ? device : null;
  const prepared = await findings.check('ONNX Runtime beside the provider', complete, (value) => {
    const { providerDirectory } = prepareCuda(settings);
    return { isGood: true, said: `opened from ${providerDirectory}`, value };
  });
  const stream = await findings.check('memory of the device', prepared, () => memory(settings));
  if (prepared === null || stream === null) return null;
  await findings.check('provider options', stream, () => options(settings, stream));
  const bytesPerSecond = await findings.check('speed of its memory', stream, () =>
    memorySpeed(stream, findings.now),
  );
  stream.dispose();
  return { device: prepared, bytesPerSecond };
}

function driverAndDevice(
  deviceId: number,
  requireUsable: (device: CudaDevice, cudaVersion: string) => void,
): Result<CudaDevice> {
  const { cudaVersion, version, devices } = readCudaDriver();
  const device = devices.find(({ id }) => id === deviceId);
  if (device === undefined) {
    throw new Error(`there is a driver (${version ?? cudaVersion}), and no GPU ${deviceId}`);
  }
  requireUsable(device, cudaVersion);
  const said =
    `${device.name}, ${gibibytes(device.memoryBytes)}, compute capability ` +
    `${device.computeCapability}, ${device.multiprocessorCount} multiprocessors; driver ` +
    `${version ?? 'of unknown version'} for CUDA ${cudaVersion}`;
  return { isGood: true, said, figures: { device, version, cudaVersion }, value: device };
}

function providerFiles({ providerDirectory }: CudaSettings): Result<string> {
  const folder = findCudaProvider(providerDirectory);
  const file = path.join(folder, cudaProviderFile);
  const { needed } = readDynamicSection(file);
  const megabytes = Math.round(statSync(file).size / 1e6);
  const said = `version ${packageVersion()} in ${folder} (${megabytes} MB)`;
  return { isGood: true, said, figures: { folder, needed }, value: folder };
}

function cudaLibraries({ runtimeDirectories }: CudaSettings): Result<readonly object[]> {
  const found = openCudaLibraries(runtimeDirectories);
  const shown = found.map(({ name, file }) => file ?? `${name} on the search path`);
  const said = `CUDA ${cudaRuntimeVersion()}: ${shown.join(', ')}`;
  return { isGood: true, said, figures: found, value: found };
}

function memory({ deviceId }: CudaSettings): Result<CudaStream> {
  const stream = new CudaStream(deviceId);
  const { freeBytes, totalBytes } = deviceMemoryInfo();
  const said = `${gibibytes(freeBytes)} of ${gibibytes(totalBytes)} free`;
  return { isGood: true, said, figures: { freeBytes, totalBytes }, value: stream };
}

function options(settings: CudaSettings, { pointer }: CudaStream): Result<null> {
  const given = cudaProviderOptions({
    ...settings,
    capturesGraphs: settings.mostGraphs > 0,
    memoryLimitBytes: 2 ** 31,
    stream: pointer,
  });
  const understood = understoodCudaOptions(given);
  // It does not tell of all.
  const told = Object.entries(given).filter(([name]) => understood.has(name));
  const lost = told.filter(([name, value]) => understood.get(name) !== value);
  const said =
    lost.length === 0
      ? `the ${told.length} of ${Object.keys(given).length} that it tells of are understood as given`
      : lost.map(([name, value]) => `${name} ${value} became ${understood.get(name)}`).join(', ');
  const figures = Object.fromEntries(understood);
  return { isGood: lost.length === 0 && told.length > 0, said, figures, value: null };
}

const copiedBytes = 2 ** 30;
const copies = 20;

function memorySpeed(stream: CudaStream, now: () => number): Result<number> {
  const block = stream.allocate(2 * copiedBytes);
  try {
    const stripes = { count: 1, bytes: copiedBytes, distanceBytes: copiedBytes };
    const copy = (times: number) => {
      for (let round = 0; round < times; round++)
        stream.copyStripes(block, 0, copiedBytes, stripes);
      stream.synchronize();
    };
    stream.clear(block);
    copy(2);
    const begun = now();
    copy(copies);
    const seconds = (now() - begun) / 1000;
    const bytesPerSecond = (2 * copiedBytes * copies) / seconds;
    const said = `${(bytesPerSecond / 1e12).toFixed(2)} TB/s, read and written`;
    return { isGood: true, said, figures: { bytesPerSecond }, value: bytesPerSecond };
  } finally {
    block.dispose();
  }
}
