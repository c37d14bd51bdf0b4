// What PagedAttention makes of its inputs. Only what a GPT-2 uses of it is here: packed queries, keys and
// values, a cache of the same type, slots and metadata.

import { demand, fractions, integers, matrix, plain, type Rule, shapeOf } from './rule.ts';
import { sameShape, shown } from './sizes.ts';

/** CUDA's kernel has none for larger ones. */
export const largestHeadSize = 256;

export const pagedRules: Readonly<Record<string, Rule>> = {
  'com.microsoft.PagedAttention': {
    attributes: ['num_heads', 'kv_num_heads', 'scale'],
    // Between them: unpacked keys and values, a rotation's tables, a sink, norms and a cache's scales.
    places: [0, 3, 4, 5, 6, 7, 10, 16],
    infer: ([qkv, keys, values, boundaries, pasts, table, slots, metadata], attributes) => {
      const { type, shape } = fractions(qkv);
      const [tokens, packed] = matrix(shape);
      const pool = shapeOf(keys, type);
      demand(sameShape(pool, shapeOf(values, type)), 'keys and values differ in shape');
      demand(pool.length === 4, `the cache is ${shown(pool)}`);
      const [, blockSize, headCount, headSize] = pool.map(Number) as [
        number,
        number,
        number,
        number,
      ];
      const isPower = blockSize >= 16 && Number.isInteger(Math.log2(blockSize));
      demand(isPower, `blocks of ${blockSize} tokens are none: a power of two from 16 on`);
      const fits = headSize % 8 === 0 && headSize <= largestHeadSize;
      demand(fits, `a head size of ${headSize} is no multiple of 8 up to ${largestHeadSize}`);
      const width = headCount * headSize;
      demand(packed === 3 * width, `${packed} is not q, k and v of ${headCount} x ${headSize}`);
      const [batch] = integers(pasts, 'int32');
      demand(pasts!.shape.length === 1, 'one past length for each sequence');
      demand(sameShape(integers(boundaries, 'int32'), ['boundaries']), 'boundaries of sequences');
      const [tables] = matrix(integers(table, 'int32'));
      demand(tables === batch, 'one table for each sequence');
      demand(sameShape(integers(slots, 'int32'), [tokens]), 'one slot for each token');
      demand(sameShape(integers(metadata, 'int32'), [3]), 'three numbers of metadata');
      demand(attributes['num_heads']?.value === headCount, 'num_heads differs from the cache');
      demand(attributes['kv_num_heads']?.value === headCount, 'GPT-2 has as many kv heads');
      demand(Number(attributes['scale']?.value) > 0, 'the scale must be said: heads are padded');
      const next = plain(type, pool);
      return [plain(type, [tokens, width]), next, next];
    },
  },
};
