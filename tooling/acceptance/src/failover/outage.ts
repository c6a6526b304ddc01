/** The time without an acknowledgement that counts as an outage, in milliseconds. */
const shortest = 1_000;

/** The outage that the nodes' clients saw during a fault, in milliseconds. */
export interface Outage {
  /** The longest time for which a node acknowledged nothing. */
  silence: number;
  /** The time from the fault until all nodes acknowledged again; 0 if none ever stopped. */
  over: number;
}

/**
 * @param nodes the times of each node's acknowledgements, ascending, some before the fault and some after it
 * @param fault the time of the fault
 */
export function outageOf(nodes: readonly (readonly number[])[], fault: number): Outage {
  const outage: Outage = { silence: 0, over: 0 };
  for (const times of nodes) {
    for (const [i, end] of times.entries()) {
      const begin = times[i - 1] ?? end;
      if (end < fault || end - begin < shortest) continue;
      outage.silence = Math.max(outage.silence, end - begin);
      outage.over = Math.max(outage.over, end - fault);
    }
  }
  return outage;
}
