/**
 * `npm run scale`: what the app carries on Azure, by simulation, and how well the simulation foretells
 * a small run on this machine. The same seed gives the same predictions.
 */
import { join } from 'node:path'
import { projectRoot } from '../../dev/functions-host/project-root.ts'
import { checkModel } from './check.ts'
import { cpuOfRequests } from './cpu-of-requests.ts'
import { fullSignIn, steps } from './requests.ts'
import { figures } from './constants.ts'
import {
  capacityTable,
  checkTable,
  constantsTable,
  costTable,
  growthTable,
  incidentTable,
  sweepText,
} from './report.ts'
import { capacities, incidents } from './scenarios.ts'

const say = (title: string, text: string) => console.log(`${title}\n\n${text}\n`)
const benchmark = join(projectRoot(), '.cache/bench/result.json')
const { cpuMs, measured } = await cpuOfRequests(benchmark)
const where = measured ? 'as npm run bench measured here last' : 'of docs/performance.md'
const shown = Object.entries(cpuMs).map(([name, ms]) => `${name} ${ms.toFixed(2)}`)

say('Constants', constantsTable())
say(`CPU-ms of a request, ${where}`, shown.join(', '))
say('Capacity by storage accounts', capacityTable(capacities(cpuMs)))
say('Incidents, four accounts', incidentTable(incidents(cpuMs)))
say('Two accounts become four', growthTable())
say('Sweeping', sweepText())

const { storageMs, providerMs } = figures()
const waits = fullSignIn
  .flatMap((name) => steps[name])
  .reduce((sum, step) => sum + (step === 'provider' ? providerMs : storageMs), 0)
const cpu = fullSignIn.reduce((sum, name) => sum + cpuMs[name], 0)
say('Cost, one request at a time on an instance', costTable((waits + cpu) / 1000))
if (!process.argv.includes('--no-check'))
  say('Predictions and a run on this machine', checkTable(await checkModel(cpuMs)))
