import { foregroundTtl, simulatedVerbs } from '@backhaul/core'
import { Type } from 'typebox'
import { closed, instant, nullable, oneOf, ref } from './shapes.ts'

const seconds = (description: string) => Type.Number({ minimum: 0, description: `${description} Seconds.` })
/** Ten years: virtual time may be long. */
const longest = 315_360_000
const virtual = (description: string) => Type.Number({ minimum: 0, maximum: longest, description })

export const LimiterPolicySchema = Type.Object(
  {
    baseSeconds: seconds('The delay after the first wake; 0 switches the limiter off.'),
    factor: Type.Number({ minimum: 1, description: 'What each further wake multiplies the delay with.' }),
    capSeconds: seconds('The longest delay.'),
  },
  { $id: 'LimiterPolicy', description: 'How the delay between wakes grows.', ...closed },
)

export const LimiterSchema = Type.Object(
  {
    state: oneOf(['foreground', 'background'], { description: 'Foreground: the client holds a foreground lease.' }),
    delaySeconds: seconds('The delay in force now; 0 in the foreground.'),
    gateUntil: nullable(
      instant('When a task that is created in the background now may begin at the earliest; null without a delay.'),
    ),
    quietUntil: nullable(
      instant(
        'When the delay falls back to 0, unless a wake comes first or a gated task is alive; null without a delay.',
      ),
    ),
    lastWakeAt: nullable(instant('When the client was last woken.')),
    gatedTasks: Type.Integer({ minimum: 0, description: 'Tasks that had to wait for the delay, and wait or run.' }),
    wakesLastHour: Type.Integer({ minimum: 0, description: 'Wakes that opened within the last hour.' }),
    policy: ref(LimiterPolicySchema),
    advice: Type.Array(Type.String(), { description: 'How the client could be woken less, with the figures.' }),
  },
  { $id: 'Limiter', description: "The tenant's wake limiter.", ...closed },
)

export const GivenForegroundSchema = Type.Object(
  {
    ttlSeconds: Type.Number({ ...foregroundTtl, description: 'How long the lease holds from now on, in seconds.' }),
  },
  { $id: 'GivenForeground', description: 'How long the client is in the foreground.', ...closed },
)

export const SimulationStepSchema = Type.Object(
  {
    do: oneOf(simulatedVerbs, {
      description: '`suspend` and `resume` are done to all of the tasks that have not ended.',
    }),
    at: Type.Optional(virtual('When: seconds from the beginning.')),
    afterPreviousWake: Type.Optional(
      virtual('When: seconds after the wake that the steps before it lead to. With `at`, the later of the two.'),
    ),
    tasks: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: 1, description: 'How many are created at once.' }),
    ),
    transferSeconds: Type.Optional(virtual('How long each of them takes once it has begun; 0 unless given.')),
    earliestBeginDate: Type.Optional(
      virtual('None of those that are created begins before: seconds from the beginning.'),
    ),
    suspended: Type.Optional(
      Type.Boolean({ default: false, description: 'They are created suspended, and wait for `resume`.' }),
    ),
  },
  { $id: 'SimulationStep', description: 'What a client does in a simulation, and when.', ...closed },
)

export const SimulatedChainSchema = Type.Object(
  {
    count: Type.Integer({ minimum: 1, maximum: 1000, description: 'How many tasks.' }),
    thinkSeconds: virtual('From each wake to the creation of the next task.'),
    transferSeconds: virtual('How long each task takes once it has begun.'),
    aheadSeconds: Type.Optional(virtual('From the creation of each task to its `earliestBeginDate`; 0 unless given.')),
  },
  {
    $id: 'SimulatedChain',
    description: 'One task after the other, each created after the wake for the one before it.',
    ...closed,
  },
)

export const GivenSimulationSchema = Type.Object(
  {
    pattern: Type.Optional(
      Type.Array(ref(SimulationStepSchema), { maxItems: 1000, description: 'Steps, in their order.' }),
    ),
    chain: Type.Optional(ref(SimulatedChainSchema)),
  },
  {
    $id: 'GivenSimulation',
    description: 'A pattern or a chain.',
    exactlyOneOf: { pattern: 'GivenPattern', chain: 'GivenChain' },
    ...closed,
  },
)

export const SimulatedMomentSchema = Type.Object(
  {
    at: Type.Number({ minimum: 0, description: 'Seconds from the beginning.' }),
    what: oneOf([...simulatedVerbs, 'begin', 'end', 'wake', 'deliver'] as const, {
      description: 'The steps, and what follows: `begin`, `end` and `wake`; `deliver` is what needs no wake.',
    }),
    delaySeconds: seconds('The delay in force from then on.'),
    gatedUntil: Type.Optional(
      Type.Number({ description: 'Until when tasks that were created or resumed have to wait.' }),
    ),
  },
  { $id: 'SimulatedMoment', description: 'What happens at a moment of a simulation.', ...closed },
)

export const SimulationSchema = Type.Object(
  {
    timeline: Type.Optional(Type.Array(ref(SimulatedMomentSchema), { description: 'Of a pattern.' })),
    delays: Type.Optional(Type.Array(Type.Number({ minimum: 0 }), { description: 'Of a chain: after each wake.' })),
  },
  { $id: 'Simulation', description: 'What the wake limiter would do.', ...closed },
)
