// What holds for all routes, in prose.

export const introduction = {
  summary: 'Text generation with GPT-2, for clients of OpenAI.',
  description: `Bodies and answers are JSON. Every error has OpenAI's shape: a \`message\` for people, a \`code\` from a closed list, and in \`param\` the field that is to blame, if one is.

Every answer has the header \`X-Request-Id\`: the one that the client sent, where it is 1 to 128 visible ASCII characters, or a new one. It is part of the id of a completion.

A path that does not exist is answered by 404 \`route_not_found\`, and a method that a path does not take by 405 \`method_not_allowed\` with the header \`Allow\`. Whatever takes GET also takes HEAD.

Where the server has keys, every request but those of probes shows one: \`Authorization: Bearer KEY\`, or \`X-Api-Key: KEY\`.

Where the server has no room it says so at once, with 429 and \`Retry-After\`, before it did any work.

A web page of another site may use the server only where its origin is allowed; the server answers only to its own names.`,
};
