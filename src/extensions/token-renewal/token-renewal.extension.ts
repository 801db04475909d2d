import { z } from 'zod';
import { defineExtension, EXTENSION_API_VERSION, settingTypes } from '../../index.ts';
import { RegistrySecret } from './registry-secret.ts';
import { Renewal } from './renewal.ts';
import { RenewalProblems } from './renewal-problems.ts';
import { RENEWAL_POLICY, type RenewalPolicy, TokenRenewal } from './token-renewal.ts';
import { TokenRequests } from './token-requests.ts';

class TokenRenewalModule {}

/** Gives entries of the registry Secret new tokens before those that they have expire. */
export default defineExtension({
  name: 'token-renewal',
  apiVersion: EXTENSION_API_VERSION,
  settings: z.object({
    DURATION: settingTypes
      .durationBetween('10m', '8760h')
      .prefault('24h')
      .meta({ description: 'How long a new token is to last. The API server may give less.' }),
    AT: settingTypes.share
      .refine((share) => share >= 0.01 && share <= 0.8, 'must be a share from 1% to 80%')
      .prefault('67%')
      .meta({ description: 'Share of its life after which a token is renewed, with 10% jitter.' }),
  }),
  module: ({ DURATION, AT }) => {
    const policy: RenewalPolicy = { durationMs: DURATION, share: AT };
    return {
      module: TokenRenewalModule,
      providers: [
        { provide: RENEWAL_POLICY, useValue: policy },
        TokenRequests,
        RegistrySecret,
        Renewal,
        RenewalProblems,
        TokenRenewal,
      ],
    };
  },
});
