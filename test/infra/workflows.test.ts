import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { project } from './bicep.ts'

const folder = join(project, '.github', 'workflows')
const workflows = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(join(folder, name), 'utf8'),
}))

test.each(workflows)('$name pins every action by its commit', ({ text }) => {
  const uses = [...text.matchAll(/uses: (.+)$/gm)].map(([, action]) => action)
  expect(uses.length).toBeGreaterThan(1)
  for (const action of uses)
    expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
})

test.each(workflows)('$name has no right that a job does not ask for', ({ name, text }) => {
  expect(text).toMatch(/^permissions: \{\}$/m)
  const rights = [...text.matchAll(/^ {6}([\w-]+): (read|write)$/gm)].map(
    ([, name, level]) => `${name}: ${level}`,
  )
  const allowed = ['contents: read', 'id-token: write']
  if (name === 'release.yml') allowed.push('attestations: write', 'contents: write')
  expect(rights.filter((right) => !allowed.includes(right))).toEqual([])
  expect(text.match(/^ {4}permissions:$/gm)).toHaveLength(
    [...text.matchAll(/^ {4}runs-on:/gm)].length,
  )
})

test.each(workflows)('$name keeps its token out of the checkout', ({ text }) => {
  const checkouts = text.match(/actions\/checkout@/g)?.length
  expect(text.match(/persist-credentials: false/g)).toHaveLength(checkouts ?? 0)
})

test.each(workflows)('$name runs nothing that a stranger wrote', ({ text }) => {
  expect(text).not.toMatch(/pull_request_target|workflow_run/)
  const commands = [...text.matchAll(/run: (.+(?:\n {10,}.+)*)/g)].map(
    ([, command = '']) => command,
  )
  expect(commands.filter((command) => command.includes('${{'))).toEqual([])
})

test("the README's test command runs on every supported version of Node.js", () => {
  const text = workflows.find(({ name }) => name === 'ci.yml')?.text ?? ''
  expect(text).toContain('node: [20, 22, 24]')
  expect(text).toContain('run: npm test')
  expect(text).toContain('dotnet restore tools/bicep --packages .tools/nuget')
})

test('only a release may write, and the job that builds it is not the one that publishes it', () => {
  const writing = workflows.filter(({ text }) => text.includes('contents: write'))
  expect(writing.map(({ name }) => name)).toEqual(['release.yml'])
  const [build = '', publish = ''] = writing[0]!.text.split(/^  publish:$/m)
  expect(build).not.toContain('contents: write')
  expect(build).toContain('run: npm test')
  expect(build).toContain('attestations: write')
  expect(publish).not.toMatch(/npm|checkout/)
})

test('a deployment signs in by a federated credential and stores no secret', () => {
  const text = workflows.find(({ name }) => name === 'azure-dev.yml')?.text ?? ''
  expect(text).toContain('--federated-credential-provider github')
  expect(text).not.toMatch(/secrets\./)
  expect(text).toContain('environment: production')
})

test('whoever approves a deployment can read before what it would change', () => {
  const text = workflows.find(({ name }) => name === 'azure-dev.yml')?.text ?? ''
  const [preview = '', deploy = ''] = text.split(/^  deploy:$/m)
  expect(preview).toContain('azd provision core --preview')
  expect(preview).not.toMatch(/environment:|azd deploy|azd provision \w+ --no-prompt/)
  expect(deploy).toContain('needs: preview')
  expect(deploy).toContain('environment: production')
  expect(deploy).not.toContain('--preview')
})

test('a deployment waits for roles, and puts back what was set by hand', () => {
  const text = workflows.find(({ name }) => name === 'azure-dev.yml')?.text ?? ''
  const [, deploy = ''] = text.split(/^  deploy:$/m)
  expect(deploy.match(/azd provision \w+ --no-prompt --no-state/g)).toHaveLength(2)
  expect(deploy).toMatch(/for pause in (\d+ )+0; do\n +azd deploy --no-prompt && exit 0/)
})
