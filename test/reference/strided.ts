// A view of a storage by the formula alone: element [i, j, …] is number offset + i · s0 + j · s1 + ….

export function viewOf(
  storage: ArrayLike<number>,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): number[] {
  if (shape.length === 0) return [storage[offset]!];
  const [size, ...inner] = shape as [number, ...number[]];
  const [stride, ...innerStrides] = strides as [number, ...number[]];
  return Array.from({ length: size }, (_, index) =>
    viewOf(storage, offset + index * stride, inner, innerStrides),
  ).flat();
}
