// Why a cache of blocks is refused where there is no CUDA.

import { ServeError } from '../../errors.ts';

/** `reason`: why CUDA cannot be had, where it was not simply not asked for. */
export function pagedNeedsCuda(reason = ''): ServeError {
  return new ServeError(
    'invalid_setting',
    "--kv-layout paged needs --device cuda: ONNX Runtime's attention over blocks (PagedAttention) has " +
      'no kernel for processors; leave it out, or serve the checkpoint with --kv-layout rows' +
      (reason === '' ? '' : `. CUDA cannot be had: ${reason}`),
    '--kv-layout',
  );
}
