/** How good a state is. */
export type Tone = 'quiet' | 'busy' | 'good' | 'warning' | 'bad'
