// `kvasir cuda install`: ONNX Runtime's CUDA provider, fetched by onnxruntime-node's own installer, which
// knows where its maker keeps it, and checked.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { ServeError } from '../errors.ts';
import { findCudaProvider } from '../onnxruntime/cuda-files.ts';
import { packageDirectory } from '../onnxruntime/library.ts';

/** Throws `ServeError` (invalid_setting) where the installer fails, with the way to do without it. */
export async function installCuda(): Promise<void> {
  const script = path.join(packageDirectory(), '../../../../script/install.js');
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, [script, '--onnxruntime-node-install'], {
      stdio: 'inherit',
    });
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) {
    throw new ServeError(
      'invalid_setting',
      `onnxruntime-node's installer ended with ${code}. It fetches from api.nuget.org, and goes through ` +
        'a proxy only where GLOBAL_AGENT_HTTPS_PROXY names one. Without it: docs/cuda.md',
    );
  }
  const folder = findCudaProvider('');
  console.log(`the CUDA provider is in ${folder}; "kvasir doctor" says whether it works`);
}
