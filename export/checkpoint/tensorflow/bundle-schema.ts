// What a checkpoint's index says of the checkpoint and of each tensor, with TensorFlow's own field
// numbers. https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/tensor_bundle.proto

import protobuf from 'protobufjs';

const schema = `
syntax = "proto3";
package tensorflow;

message BundleHeaderProto {
  int32 num_shards = 1;
  int32 endianness = 2;
}
message BundleEntryProto {
  int32 dtype = 1;
  TensorShapeProto shape = 2;
  int32 shard_id = 3;
  int64 offset = 4;
  int64 size = 5;
  fixed32 crc32c = 6;
  repeated bytes slices = 7;
}
message TensorShapeProto {
  message Dim {
    int64 size = 1;
  }
  repeated Dim dim = 2;
  bool unknown_rank = 3;
}
`;

const types = protobuf.parse(schema, { keepCase: true }).root;

export interface BundleHeader {
  readonly num_shards: number;
  readonly endianness: number;
}

export interface BundleEntry {
  readonly dtype: number;
  readonly shape: {
    readonly dim: readonly { readonly size: number }[];
    readonly unknown_rank: boolean;
  } | null;
  readonly shard_id: number;
  readonly offset: number;
  readonly size: number;
  readonly crc32c: number;
  readonly slices: readonly unknown[];
}

export const decodeHeader = decoder<BundleHeader>('BundleHeaderProto');
export const decodeEntry = decoder<BundleEntry>('BundleEntryProto');

/** Null for bytes that are no such message. Fields that are left out are 0. */
function decoder<Message>(name: string): (bytes: Uint8Array) => Message | null {
  const type = types.lookupType(`tensorflow.${name}`);
  return (bytes) => {
    try {
      const options = { longs: Number, defaults: true, arrays: true } as const;
      return type.toObject(type.decode(bytes), options) as Message;
    } catch {
      return null;
    }
  };
}
