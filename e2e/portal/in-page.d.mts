export interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
  }[];
}

export function watchPolicy(name: string): void;
export function loadFromElsewhere(): void;
export function widths(): readonly [content: number, window: number];
export function contentHeight(): number;
export function historyState(): string;
export function runAxe(tags: readonly string[]): Promise<AxeResults>;
export function markReachable(): readonly string[];
export function focused(): { readonly mark: string | null; readonly isSeen: boolean };
export function hasFocus(id: string): boolean;
export function unnamed(): readonly string[];
export function strayGreens(): readonly string[];
export function healthyWords(): readonly string[];
export function linkProtocols(): readonly string[];
export function storedTexts(): string;
