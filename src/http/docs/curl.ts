// A request as a command to paste into a shell.

export interface Example {
  readonly method: string;
  readonly url: string;
  readonly body?: object;
  readonly needsKey: boolean;
}

export function curl({ method, url, body, needsKey }: Example): string {
  const isStream = body !== undefined && 'stream' in body && body.stream === true;
  const isPlain = method === 'GET' || (method === 'POST' && body !== undefined);
  const lines = [`curl ${isStream ? '-N ' : ''}${isPlain ? '' : `-X ${method} `}${url}`];
  if (needsKey) lines.push('-H "Authorization: Bearer $KEY"');
  if (body !== undefined) {
    lines.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`);
  }
  return lines.join(' \\\n  ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
