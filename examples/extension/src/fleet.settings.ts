import { z } from 'zod';

/** Variables of the environment: `MCCE_X_FLEET_CLUSTERS`, `MCCE_X_FLEET_READER`, `MCCE_X_FLEET_SUMMARY`. */
export const fleetSettings = z.object({
  CLUSTERS: z
    .string()
    .default('fleet')
    .meta({ description: 'ConfigMap that has the address of each cluster.' }),
  READER: z
    .string()
    .default('fleet-reader')
    .meta({ description: 'Secret with `token` and `ca.crt` for all of them.' }),
  SUMMARY: z.string().default('fleet-summary').meta({ description: 'ConfigMap that is written for people.' }),
});

/** The settings, once they are checked; its own DI token. */
export abstract class FleetSettings {
  abstract readonly CLUSTERS: string;
  abstract readonly READER: string;
  abstract readonly SUMMARY: string;
}
