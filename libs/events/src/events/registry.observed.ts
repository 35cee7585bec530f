import { IsBoolean, IsIn, IsNotEmpty, IsObject, IsOptional, IsString } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsTexts } from '../rules.ts';
import { registryId } from './example.ts';

/** A registry as it is configured. Holds no credential. */
export class RegistryObserved {
  @IsString() @IsNotEmpty() registryId: string;
  /** Host name, with a port where there is one. */
  @IsString() @IsNotEmpty() loginServer: string;
  @IsString() @IsNotEmpty() subscriptionId: string;
  @IsString() subscriptionName: string;
  @IsString() location: string;
  @IsString() sku: string;
  /** `AzureCloud`, or the name of a national cloud. */
  @IsString() cloud: string;
  @IsIn(['public', 'restricted']) networkAccess: 'public' | 'restricted';
  @IsBoolean() plainHttp: boolean;
  /** CIDR blocks that may be connected to although they are not public. */
  @IsTexts() allowAddresses: string[];
  @IsObject() tags: Record<string, string>;
  /** Changes when credentials or further hosts do, and tells nothing of them. */
  @IsOptional() @IsString() access?: string;
  @IsBoolean() removed: boolean;
  @IsString() by: string;
}

export const registryObserved = defineEvent({
  topic: 'registry.observed',
  data: RegistryObserved,
  summary: 'A registry was onboarded, changed or removed.',
  examples: {
    1: {
      registryId,
      loginServer: 'myreg.registry.test',
      subscriptionId: '00000000-0000-0000-0000-000000000001',
      subscriptionName: 'Example',
      location: 'westeurope',
      sku: 'Standard',
      cloud: 'AzureCloud',
      networkAccess: 'public',
      plainHttp: false,
      allowAddresses: [],
      tags: {},
      removed: false,
      by: 'configuration',
    },
  },
});
