import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Compiler } from './compiler.ts'
import { packGraphTypes } from './graph-types.ts'

/** A copy of the templates that compiles without a network: Graph types of our own. */
export interface Templates {
  readonly compiler: Compiler
  readonly root: string
  dispose(): Promise<void>
}

/** The layers of infra/, a `main.bicep` each. */
export type Layer = 'identity' | 'core'

/** Copies infra/ and the parameter files of test/infra/ into a temporary folder. */
export async function copyTemplates(compiler: Compiler, project: string): Promise<Templates> {
  const root = await mkdtemp(join(tmpdir(), 'infra-check-'))
  await cp(join(project, 'infra'), join(root, 'infra'), { recursive: true })
  await mkdir(join(root, 'test', 'infra'), { recursive: true })
  for (const file of await readdir(join(project, 'test', 'infra'))) {
    if (file.endsWith('.bicepparam'))
      await cp(join(project, 'test', 'infra', file), join(root, 'test', 'infra', file))
  }
  await useOwnGraphTypes(root)
  return { compiler, root, dispose: () => rm(root, { recursive: true, force: true }) }
}

/** One configuration above all files, the same but for where the types of Graph come from. */
async function useOwnGraphTypes(root: string): Promise<void> {
  const committed = join(root, 'infra', 'bicepconfig.json')
  const config = JSON.parse(await readFile(committed, 'utf8')) as {
    extensions: Record<string, string>
  }
  config.extensions['microsoftGraphV1'] = './graph.tgz'
  await writeFile(join(root, 'graph.tgz'), packGraphTypes())
  await writeFile(join(root, 'bicepconfig.json'), JSON.stringify(config))
  await rm(committed)
}

/** Every line that the linter and the compiler have to say, of any level. */
export async function lint({ compiler, root }: Templates): Promise<string[]> {
  const pattern = join(root, 'infra', '**', '*.bicep')
  const run = await compiler.run('lint', '--pattern', pattern)
  return lines(root, run.stdout + run.stderr)
}

/** The templates that `bicep format` would write differently. */
export async function unformatted({ compiler, root }: Templates): Promise<string[]> {
  const before = await readTemplates(root)
  const pattern = join(root, '{infra,test}', '**', '*.{bicep,bicepparam}')
  const run = await compiler.run('format', '--pattern', pattern)
  const after = await readTemplates(root)
  const changed = Object.keys(before).filter((file) => before[file] !== after[file])
  return [...changed, ...lines(root, run.stderr)]
}

/** The text of every template and parameter file, by its path within the project. */
export async function readTemplates(root: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const folder of ['infra', join('test', 'infra')]) {
    for (const file of await readdir(join(root, folder), { recursive: true })) {
      if (/\.bicep(param)?$/.test(file))
        texts[join(folder, file)] = await readFile(join(root, folder, file), 'utf8')
    }
  }
  return texts
}

/** Compiles a layer to the JSON that Azure gets. Throws on any word of the compiler. */
export async function build(templates: Templates, layer: Layer): Promise<unknown> {
  const { compiler, root } = templates
  const file = join(root, 'infra', layer, 'main.bicep')
  const run = await compiler.run('build', '--stdout', file)
  if (run.exitCode !== 0 || run.stderr !== '') throw new Error(lines(root, run.stderr).join('\n'))
  return JSON.parse(run.stdout)
}

/** Made-up ids: without any, names would stay expressions. */
const target = [
  '--tenant-id=44444444-4444-4444-8444-444444444444',
  '--subscription-id=66666666-6666-4666-8666-666666666666',
  '--location=westeurope',
  '--deployment-name=test',
]

/** Predicts what a parameter file of test/infra/ would deploy. Throws on any word of the compiler. */
export async function predict(templates: Templates, name: string): Promise<string> {
  const { compiler, root } = templates
  const file = join(root, 'test', 'infra', name)
  const command = ['snapshot', `${file}.bicepparam`, '--mode', 'overwrite']
  const run = await compiler.run(...command, ...target)
  const said = lines(root, run.stdout + run.stderr)
  if (run.exitCode !== 0 || said.length > 0) throw new Error(said.join('\n'))
  return sortOutputs(await readFile(`${file}.snapshot.json`, 'utf8'))
}

/** The compiler writes outputs in another order on every run. */
function sortOutputs(snapshot: string): string {
  const { outputs, ...rest } = JSON.parse(snapshot) as { outputs: Record<string, unknown> }
  const sorted = Object.entries(outputs).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify({ ...rest, outputs: Object.fromEntries(sorted) }, null, 2)}\n`
}

function lines(root: string, output: string): string[] {
  return output
    .replaceAll(root, '.')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
