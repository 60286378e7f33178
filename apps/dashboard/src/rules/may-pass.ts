/** Whether asking again may help, by the status of the answer (0: there was none): the service is away, ill or busy. What it refused it would refuse again. */
export const mayPass = (status: number): boolean => status === 429 || status < 400 || status >= 500
