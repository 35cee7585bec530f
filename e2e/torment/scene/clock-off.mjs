// Read by Node before anything else (`--import`): for this process it is as much later as ASSAY_TORMENT_CLOCK_MS says.
// The services themselves know nothing of it.
const offMs = Number(process.env.ASSAY_TORMENT_CLOCK_MS ?? 0);
const Right = Date;
const now = () => Right.now() + offMs;

globalThis.Date = class Date extends Right {
  constructor(...given) {
    if (given.length === 0) super(now());
    else super(...given);
  }

  static now() {
    return now();
  }
};
