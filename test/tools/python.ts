import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { provideTool, type Provided } from './provide-tool.js';
import { runTool, type ToolResult } from './run-tool.js';

const packages = ['grpcio==1.85.1', 'grpcio-tools==1.85.1', 'grpcio-status==1.85.1', 'numpy==2.3.4'];

/** A Python of its own with the gRPC packages and numpy, from PyPI. */
export function providePython(): Promise<Provided> {
  return providePackages('python-grpc', packages);
}

/** A Python of its own with packages of PyPI. */
export function providePackages(name: string, wanted: readonly string[]): Promise<Provided> {
  const digest = createHash('sha256').update(wanted.join()).digest('hex').slice(0, 10);
  return provideTool(`${name}-${digest}`, (folder) => [
    { program: 'python3', args: ['-m', 'venv', folder] },
    {
      program: pythonOf(folder),
      args: ['-m', 'pip', 'install', '--quiet', '--only-binary=:all:', ...wanted],
    },
  ]);
}

/** The program of a Python of its own. */
export function pythonOf(folder: string): string {
  return join(folder, 'bin', 'python');
}

/** Generates Python's half of the contracts into a folder. */
export async function generateStubs(tool: { readonly folder: string }, into: string): Promise<void> {
  const root = fileURLToPath(new URL('../../proto', import.meta.url));
  const areas = ['tensor', 'teacher', 'loss'];
  const files = areas.flatMap((area) => {
    const folder = join(root, 'lyceum', area, 'v1');
    return [
      join(folder, `${area}.proto`),
      ...(area === 'tensor' ? [] : [join(folder, `${area}_service.proto`)]),
    ];
  });
  await mkdir(into, { recursive: true });
  const out = [`--python_out=${into}`, `--grpc_python_out=${into}`];
  const result = await runTool(pythonOf(tool.folder), [
    '-m',
    'grpc_tools.protoc',
    `-I${root}`,
    ...out,
    ...files,
  ]);
  if (result.code !== 0) throw new Error(`grpc_tools.protoc: ${result.stderr}`);
}

/** Runs a program of `foreign/` with the stubs in reach. */
export function runPython(
  tool: { readonly folder: string },
  stubs: string,
  program: string,
  args: readonly string[],
): Promise<ToolResult> {
  const file = fileURLToPath(new URL(`../foreign/${program}`, import.meta.url));
  const environment = { PYTHONPATH: stubs, PYTHONDONTWRITEBYTECODE: '1' };
  return runTool(pythonOf(tool.folder), [file, ...args], { environment });
}
