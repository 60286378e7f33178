/** How long a failed delivery can be retried, however short events are kept; longer if they are kept longer. Days. */
export const deadLetterDays = 30
