// Written by npm run docs from docs/openapi.json.
export interface paths {
    "/assay/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who changed rules, plans and assessments, gave orders, corrected or exported charges, and closed months; newest first. Entries that the caller may not read are left out.
         * @description Needs `rules/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Audit.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Changes of recommendations: the latest ones in pages, or as they come (`accept: text/event-stream`).
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Changes.changes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/charges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The charges in pages, with their totals on the first one.
         * @description Needs `charges/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Charges.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/charges/{chargeId}/corrections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Corrects a charge: gives back the rest of it, or adds an amount to it. The correction is a line of its own, on the bill of an open month.
         * @description Needs `charges/write` somewhere in the scope; what lies elsewhere is not shown.
         */
        post: operations["Corrections.correct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/clusters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The clusters that have reported what runs there, with their last report.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Clusters.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Accounts for every push, on the day on which it was received: pushed = assessed + not applicable + undetermined + on its way + missing.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Coverage.ledger"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/coverage/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The pushes behind a number of the ledger, the last received first.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Coverage.images"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/databases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The vulnerability databases and the databases of Java archives, the one announced last first.
         * @description Needs `scanners/read` in the whole scope.
         */
        get: operations["Databases.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/databases/{digest}/recall": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Recalls a database: it is not taken from a source any more. The last one that came into use seven days ago or earlier, and was not recalled, takes its place, or else the one before.
         * @description Needs `scanners/write` in the whole scope.
         */
        post: operations["Databases.recall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/databases/{digest}/recall/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Recalls nothing, and answers with the database that would take its place, and what the images would lose.
         * @description Needs `scanners/write` in the whole scope.
         */
        post: operations["Databases.lookAtRecall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/databases/{digest}/refuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refuses the held database. It is not taken from a source any more.
         * @description Needs `scanners/write` in the whole scope.
         */
        post: operations["Databases.refuse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/databases/{digest}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Puts the held database into use. `healthy` is the number of images that would become healthy by it.
         * @description Needs `scanners/write` in the whole scope.
         */
        post: operations["Databases.release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/databases/{digest}/use": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Announces a stored database again.
         * @description Needs `scanners/write` in the whole scope.
         */
        post: operations["Databases.use"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/databases/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a database whose archive was put into the blob store.
         * @description Needs `scanners/write` in the whole scope.
         */
        post: operations["Databases.import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/databases/update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes the newest database of each kind, of all sources, if it is newer than the one in use.
         * @description Needs `scanners/write` in the whole scope.
         */
        post: operations["Databases.update"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/databases/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reads the archive of the database in use again, to its last page.
         * @description Needs `scanners/read` in the whole scope.
         */
        post: operations["Databases.verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the findings differ between two images, or between two moments of one image, each with its reason.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["History.difference"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/discovery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The listings of the subscriptions of ASSAY_DISCOVERY that the caller may read.
         * @description Needs `sweeps/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Discovery.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/discovery/{subscription}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Orders that the registries that are gone from a subscription are removed.
         * @description Needs `sweeps/write` in the whole scope.
         */
        post: operations["Discovery.confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The charges as FOCUS, the FinOps Open Cost and Usage Specification. The export is recorded in the audit trail before it is sent.
         * @description Needs `charges/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Charges.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/fixes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The upgrades that close active findings: those in images that run first, and the most of the worst first.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Fixes.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/halted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The partitions at a standstill, in the order of the flow.
         * @description Needs `parked/read` in the whole scope.
         */
        get: operations["Halted.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/halted/{app}/{topic}/{partition}/{offset}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Orders that the partition is rebuilt from the log as it is, and continues.
         * @description Needs `parked/write` in the whole scope.
         */
        post: operations["Halted.resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every image with its status: pages, or all of them as CSV.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Images.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/images/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The status of an image, in every place where it lies.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Images.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/images/{digest}/findings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The findings of an image: pages, or all of them as CSV, SARIF, CycloneDX or SPDX, by the `Accept` header of the client or by `format`.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Images.findings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/images/{digest}/gate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Decides whether a pipeline may use an image.
         * @description Needs `gate/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Gate.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/images/{digest}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every answer about an image, the newest first.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["History.history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/images/{digest}/inventory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The packages of an image, as `packages` of `scan.completed` names them: JSON in canonical order, whose digest is that of the event.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Images.inventory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/images/{digest}/sets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The findings of an image in each place as events have them, in canonical order, in one snapshot. A consumer that lost its set goes on from here: it checks the sum, and applies the changes whose base this set is.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Images.sets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/images/{digest}/statement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A signed statement about an image: what held, when, and by which rules and database.
         * @description Needs `gate/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Gate.statement"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/images/{digest}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every event of an image, cause before effect.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Images.timeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/images/{digest}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Why an image has its status: each step from the notification to the charge, from the events alone.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Why.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The public keys by which seals of the log, and statements about images, are verified.
         * @description Needs a valid token, and no role.
         */
        get: operations["Seals.keys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/knowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How long it takes until all images are assessed with a newer vulnerability database.
         * @description Needs `scanners/read` in the whole scope.
         */
        get: operations["Knowledge.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The caller and the permissions of the caller.
         * @description Needs a valid token, and no role.
         */
        get: operations["Me.me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/parked": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The events that a service could not handle, in the order of the flow.
         * @description Needs `parked/read` in the whole scope.
         */
        get: operations["Parked.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/parked/{app}/{topic}/{partition}/{offset}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A parked event, with its record in the log.
         * @description Needs `parked/read` in the whole scope.
         */
        get: operations["Parked.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/parked/{app}/{topic}/{partition}/{offset}/drop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Orders that the event is skipped.
         * @description Needs `parked/write` in the whole scope.
         */
        post: operations["Parked.drop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/parked/{app}/{topic}/{partition}/{offset}/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Orders that the event is handled again.
         * @description Needs `parked/write` in the whole scope.
         */
        post: operations["Parked.redrive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/periods": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The closed months.
         * @description Needs `charges/read` in the whole scope.
         */
        get: operations["Periods.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/periods/{period}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Closes a month: its export is made once and kept, and later charges are on the bill of the next open month. Sent again, it continues the closing or returns the kept state.
         * @description Needs `charges/write` in the whole scope.
         */
        post: operations["Periods.close"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The plans of each subscription and their modes.
         * @description Needs `plans/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Plans.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/plans/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Switches a plan on or off, or sets how it assesses, regardless of the plan and its extensions (`plan` removes the setting). The answer comes once the change applies. Images are classified again without a pull.
         * @description Needs `plans/write` somewhere in the scope; what lies elsewhere is not shown.
         */
        put: operations["Plans.change"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/query-language": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The tables, columns and words of queries of Resource Graph that are understood here, for completion.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["QueryLanguage.language"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/registries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The registries and the counts of their images. One that is `removed` is not watched any more; it is here as long as its images count.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Images.registries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The rules that disable findings.
         * @description Needs `rules/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Rules.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/rules/{rule}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A rule.
         * @description Needs `rules/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Rules.get"];
        /**
         * Creates a rule, or changes the one of that name in that scope. Unknown words are refused.
         * @description Needs `rules/write` somewhere in the scope; what lies elsewhere is not shown.
         */
        put: operations["Rules.put"];
        post?: never;
        /**
         * Removes a rule: its findings count again, without a new scan.
         * @description Needs `rules/write` somewhere in the scope; what lies elsewhere is not shown.
         */
        delete: operations["Rules.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/rules/{rule}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Shows which findings a rule would disable, and which statuses and decisions of the gate would change. Changes nothing.
         * @description Needs `rules/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        post: operations["RulePreview.preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/runners": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The runners: walls, slots, scanner and database of each. Asked as `GET /assay/services` asks; a replica without an address of its own is not seen.
         * @description Needs `services/read` in the whole scope.
         */
        get: operations["Services.runners"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/running": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a report of all images that run in a cluster, by the digests that it pulled. What a report lacks runs no more after a day without it; a cluster without a report for two days is not known.
         * @description Needs `running/write` in the whole scope.
         */
        post: operations["Running.report"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/scanners": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every scanner build that an image depends on or that was recalled.
         * @description Needs `scanners/read` in the whole scope.
         */
        get: operations["Scanners.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/scanners/{digest}/recall": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Recalls a build: its images are undetermined until another one has scanned them. The answer comes once the recall applies.
         * @description Needs `scanners/write` in the whole scope.
         */
        post: operations["Scanners.recall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/seals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the seals of the last day prove. Reads the log of that day.
         * @description Needs `services/read` in the whole scope.
         */
        get: operations["Seals.standing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What has a text in its name: packages, vulnerabilities, images and registries, with the number of each.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Search.search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The state of all services, in the order of the flow; a service with several addresses once for each. Asks the addresses of `ASSAY_SERVICES`, or the services in the same process.
         * @description Needs `services/read` in the whole scope.
         */
        get: operations["Services.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/sets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All findings of all images as of one moment, and the offsets of the topics at that moment: a consumer of the events starts from here. One JSON object a line.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Exports.exported"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/sweeps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The state of the sweeps of all registries.
         * @description Needs `sweeps/read` in the whole scope.
         */
        get: operations["Sweeps.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/sweeps/{registry}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Orders that the missing images of a held sweep are marked as deleted. A registry whose images are back needs no order.
         * @description Needs `sweeps/write` in the whole scope.
         */
        post: operations["Sweeps.confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/sweeps/{registry}/removed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decides on the images of a removed registry. `keep`: their status stays until they are deleted. `close`: they are `not-applicable` with the reason `registry-removed`. A registry that is declared again goes on. Charges stay.
         * @description Needs `sweeps/write` in the whole scope.
         */
        post: operations["Sweeps.removed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The tags of repositories, with what each names and has named.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Tags.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/trends": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the images stood day by day, what was charged, how old open findings are, and how long results took.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Trends.trends"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/vulnerabilities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The vulnerabilities of all images, the worst first: pages, or all of them as CSV.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Vulnerabilities.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assay/vulnerabilities/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One vulnerability, with the images that have it.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        get: operations["Vulnerabilities.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/providers/Microsoft.ResourceGraph/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A query over the data of Assay, as Azure Resource Graph answers it.
         * @description Needs `findings/read` somewhere in the scope; what lies elsewhere is not shown.
         */
        post: operations["ResourceGraph.resources"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A webhook request of Azure Container Registry. An action that is not about an image needs no target. */
        AcrNotification: {
            /** @enum {string} */
            action: "push";
            id: string;
            request: {
                host: string;
            } & {
                [key: string]: unknown;
            };
            target: {
                digest: string;
                mediaType?: unknown;
                repository: string;
                tag?: null | "" | string;
            };
            timestamp?: unknown;
        } | {
            /** @enum {string} */
            action: "delete";
            id: string;
            request: {
                host: string;
            } & {
                [key: string]: unknown;
            };
            target: {
                digest?: null | "" | string;
                mediaType?: unknown;
                repository: string;
                tag?: null | "" | string;
            };
            timestamp?: unknown;
        } | {
            action: string;
        };
        AdvisoryRemoval: {
            at: string;
            database: string;
        };
        /** @description An obstacle to healthy that applied: it decided, an earlier one did, or findings outweigh it. */
        AppliedObstacle: {
            /** @enum {string} */
            effect: "decided" | "applied" | "outweighed";
            meaning: string;
            reason: string;
            status: string;
        };
        /** @description The recommendation for a registry, or an assessment of a resource by another tool. */
        Assessment: {
            id: string;
            name: string;
            properties: {
                additionalData: {
                    [key: string]: string;
                };
                displayName: string;
                links?: {
                    azurePortalUri: string;
                };
                metadata?: components["schemas"]["AssessmentMetadataProperties"];
                partnersData?: {
                    partnerName: string;
                };
                resourceDetails: {
                    id: string;
                    /** @enum {string} */
                    source: "Azure";
                };
                status: {
                    cause: string;
                    /** @enum {string} */
                    code: "Healthy" | "Unhealthy" | "NotApplicable";
                    description: string;
                    /** Format: date-time */
                    firstEvaluationDate?: string;
                    /** Format: date-time */
                    statusChangeDate?: string;
                };
            };
            /** @enum {string} */
            type: "Microsoft.Security/assessments";
        };
        AssessmentBody: {
            id?: unknown;
            name?: unknown;
            properties: components["schemas"]["AssessmentProperties"];
            type?: unknown;
        };
        /** @description The subject of a recommendation, the same for each registry. */
        AssessmentMetadata: {
            id: string;
            name: string;
            properties: components["schemas"]["AssessmentMetadataProperties"];
            /** @enum {string} */
            type: "Microsoft.Security/assessmentMetadata";
        };
        AssessmentMetadataBody: {
            assessmentType?: unknown;
            categories?: unknown;
            description?: unknown;
            displayName?: string | null;
            implementationEffort?: unknown;
            partnerData?: unknown;
            plannedDeprecationDate?: unknown;
            policyDefinitionId?: unknown;
            preview?: unknown;
            publishDates?: unknown;
            remediationDescription?: unknown;
            severity?: unknown;
            tactics?: unknown;
            techniques?: unknown;
            threats?: unknown;
            userImpact?: unknown;
        };
        AssessmentMetadataProperties: {
            /** @enum {string} */
            assessmentType: "BuiltIn";
            categories: string[];
            description: string;
            displayName: string;
            implementationEffort: string;
            policyDefinitionId: string;
            publishDates?: {
                GA: string;
                public: string;
            };
            remediationDescription: string;
            severity: string;
            tactics: string[];
            techniques: string[];
            threats: string[];
            userImpact: string;
        };
        AssessmentProperties: {
            additionalData?: Record<string, never> | null;
            displayName?: string | null;
            links?: unknown;
            metadata?: components["schemas"]["AssessmentMetadataBody"] | null;
            partnersData?: components["schemas"]["PartnersDataBody"] | null;
            resourceDetails?: unknown;
            status: components["schemas"]["AssessmentStatusBody"];
        };
        AssessmentStatusBody: {
            cause?: string | null;
            /** @enum {string} */
            code: "Healthy" | "Unhealthy" | "NotApplicable";
            description?: string | null;
            firstEvaluationDate?: unknown;
            statusChangeDate?: unknown;
        };
        /** @description What somebody did, when and why. */
        AuditEntry: {
            /** @description The name of the rule, the plan, the parked event and so on. */
            about: string;
            /** Format: date-time */
            at: string;
            did: string;
            /** @description The last outcome of an order; the size of an export; otherwise what was set. */
            effect?: string;
            /** @description The id of the event. */
            id: string;
            /** @description An ARM id; absent for what concerns the whole suite. */
            scope?: string;
            /** @enum {string} */
            what: "rule" | "plan" | "parked" | "halted" | "recall" | "database" | "sweep" | "assessment" | "charge" | "period" | "export";
            who: string;
            why?: string;
        };
        /** @description The shape of 2023, of Microsoft Defender Vulnerability Management. */
        AzureContainerRegistryVulnerability: {
            artifactDetails: {
                artifactType: string;
                digest: string;
                /** Format: date-time */
                lastPushedToRegistryUTC?: string;
                mediaType: string;
                registryHost: string;
                repositoryName: string;
                tags: string[];
            };
            /** @enum {string} */
            assessedResourceType: "AzureContainerRegistryVulnerability";
            cvssV30Score?: number;
            demonstrationDatabase?: boolean;
            softwareDetails?: {
                /** @enum {string} */
                category: "OS" | "Language";
                evidence: string[];
                fixedVersion: string;
                /** @enum {string} */
                fixStatus: "FixAvailable" | "NoFixAvailable";
                language: string;
                osDetails: {
                    osPlatform: string;
                    osVersion: string;
                };
                packageName: string;
                vendor: string;
                version: string;
            };
            vulnerabilityDetails?: {
                cpe: {
                    edition: string;
                    language: string;
                    other: string;
                    part: string;
                    product: string;
                    softwareEdition: string;
                    targetHardware: string;
                    targetSoftware: string;
                    update: string;
                    uri: string;
                    vendor: string;
                    version: string;
                };
                cveId: string;
                cvss: {
                    "2.0": {
                        base: number;
                        cvssVectorString?: string;
                    } | null;
                    "3.0": {
                        base: number;
                        cvssVectorString?: string;
                    } | null;
                };
                /** Format: date-time */
                lastModifiedDate?: string;
                /** Format: date-time */
                publishedDate?: string;
                references: {
                    link: string;
                    title: string;
                }[];
                /** @enum {string} */
                severity: "Critical" | "High" | "Medium" | "Low" | "Unknown";
                weaknesses: {
                    cwe: {
                        id: string;
                    }[];
                };
                workarounds: unknown[];
            };
        };
        /** @description A month that is closed or being closed. A closed month has the SHA-256 of its export, the number of charges and the totals. `inScope` has those of the `subscription` of the request. */
        BillingPeriod: {
            by: string;
            file?: {
                bytes: number;
                charges: number;
                sha256: string;
                totals: components["schemas"]["Total"][];
            };
            inScope?: {
                charges: number;
                totals: components["schemas"]["Total"][];
            };
            period: string;
            /** Format: date-time */
            since: string;
            /** @enum {string} */
            state: "closing" | "closed";
            why: string;
        };
        Build: {
            architecture?: string;
            contentSets?: string[];
            nvr?: string;
        };
        BySeverity: {
            Critical: number;
            High: number;
            Low: number;
            Medium: number;
            Unknown: number;
        };
        /** @description A change of what is recommended about an image at one place, as `recommendation.changed` published it. `cause` is that of the classification, `declined`, or `time`. `isPush` is true for the first answer to a push. */
        Change: {
            /** Format: date-time */
            at: string;
            before?: {
                bySeverity: components["schemas"]["Counts"];
                reason?: string;
                /** @enum {string} */
                status: "healthy" | "unhealthy" | "not-applicable" | "undetermined";
            };
            bySeverity: components["schemas"]["Counts"];
            /** @enum {string} */
            cause: "scan" | "rescan" | "rule" | "recall" | "declined" | "time" | "unknown";
            digest: string;
            exempt: number;
            fixable: number;
            isPush: boolean;
            reason?: string;
            registry: string;
            registryId: string;
            repository: string;
            /** @enum {string} */
            status: "healthy" | "unhealthy" | "not-applicable" | "undetermined";
            subscriptionId: string;
        };
        /** @description A charge. `corrections` are the lines of any month that give some of it back, or add to it. */
        ChargeLine: components["schemas"]["UsageCharged"] & {
            corrections?: {
                amount: string;
                billedIn?: string;
                by?: string;
                chargeId: string;
                why?: string;
            }[];
        };
        ClassificationRef: {
            classification: number;
            id: string;
            verdict: number;
        };
        ClassifiedFinding: {
            advisoryRemoved?: components["schemas"]["AdvisoryRemoval"];
            aliases?: string[];
            firstSeenAt: string;
            fixedVersion?: string;
            installedVersion: string;
            layer?: number;
            package: string;
            packageType: string;
            path?: string;
            ratings?: components["schemas"]["Rating"][];
            ruleId?: string;
            score?: number;
            /** @enum {string} */
            severity: "Critical" | "High" | "Medium" | "Low" | "Unknown";
            severityRule: string;
            sourcePackage?: string;
            /** @enum {string} */
            state: "active" | "exempt";
            vulnerability: string;
        };
        CloseBody: {
            total?: string | null;
            why: string;
        };
        Cloud: {
            authentication: {
                audiences: string[];
                identityProvider: string;
                loginEndpoint: string;
                tenant: string;
            };
            microsoftGraphResourceId: string;
            name: string;
            portal: string;
            resourceManager: string;
            suffixes: {
                acrLoginServer: string;
            };
        };
        /** @description CloudEvents 1.0. */
        CloudEvent: {
            data?: unknown;
            id: string;
            source: string;
            /** @enum {string} */
            specversion: "1.0";
            subject?: unknown;
            time?: unknown;
            type: string;
        };
        /** @description A finding of one of two moments. */
        ComparedFinding: {
            /** Format: date-time */
            firstSeenAt: string;
            fixedVersion?: string;
            installedVersion: string;
            package: string;
            packageType: string;
            path?: string;
            score?: number;
            /** @enum {string} */
            severity: "Critical" | "High" | "Medium" | "Low" | "Unknown";
            title?: string;
            vulnerability: string;
        };
        /** @description A watched registry, as configured. */
        ContainerRegistry: {
            id: string;
            location: string;
            name: string;
            properties: {
                loginServer: string;
                /** @enum {string} */
                provisioningState: "Succeeded";
                /** @enum {string} */
                publicNetworkAccess: "Enabled" | "Disabled";
            };
            sku: {
                name: string;
                tier: string;
            };
            tags: {
                [key: string]: string;
            };
            /** @enum {string} */
            type: "Microsoft.ContainerRegistry/registries";
        };
        /** @description The shape of 2020. */
        ContainerRegistryVulnerability: {
            /** Format: date-time */
            advisoryRemovedAt?: string;
            /** @enum {string} */
            assaySeverity?: "Critical" | "High" | "Medium" | "Low" | "Unknown";
            /** @enum {string} */
            assessedResourceType: "ContainerRegistryVulnerability";
            cve: {
                link: string;
                title: string;
            }[];
            cvss: {
                [key: string]: {
                    base: number;
                };
            };
            demonstrationDatabase?: boolean;
            /** Format: date-time */
            firstSeenAt?: string;
            fixedVersion?: string;
            imageDetails: {
                os: string;
                osDetails: string;
            };
            imageDigest: string;
            installedVersion?: string;
            packageName?: string;
            patchable: boolean;
            path?: string;
            /** Format: date-time */
            publishedTime?: string;
            registryHost: string;
            repositoryName: string;
            /** @enum {string} */
            severity?: "Critical" | "High" | "Medium" | "Low" | "Unknown";
            severityKnown?: boolean;
            threat: string;
            type: string;
            vendorReferences: {
                link: string;
                title: string;
            }[];
        };
        CorrectionBody: {
            amount?: string | null;
            why: string;
        };
        /** @description Findings by severity. */
        Counts: {
            Critical: number;
            High: number;
            Low: number;
            Medium: number;
            Unknown: number;
        };
        /** @description The same sums of one day over all registries of the request, the oldest day first, on every page. A day without a push is left out. */
        CoverageDay: {
            assessed: number;
            balances: boolean;
            /** Format: date */
            day: string;
            inTime: number;
            late: number;
            learned: components["schemas"]["CoverageSenders"];
            missing: number;
            notApplicable: number;
            onItsWay: number;
            p50Seconds?: number;
            p95Seconds?: number;
            pushed: number;
            reasons: components["schemas"]["CoverageReason"][];
            slowestSeconds?: number;
            undetermined: number;
        };
        /** @description Pushes of one outcome, status and reason. */
        CoverageReason: {
            count: number;
            /** @enum {string} */
            outcome: "assessed" | "notApplicable" | "undetermined" | "onItsWay" | "missing";
            reason?: string;
            /** @enum {string} */
            status: "queued" | "scanning" | "healthy" | "unhealthy" | "not-applicable" | "undetermined";
        };
        /** @description The pushes that a registry sent on one day. `balances` is false if a push is not accounted for, or an answer belongs to no push. */
        CoverageRow: {
            assessed: number;
            balances: boolean;
            /** Format: date */
            day: string;
            inTime: number;
            late: number;
            learned: components["schemas"]["CoverageSenders"];
            missing: number;
            notApplicable: number;
            onItsWay: number;
            p50Seconds?: number;
            p95Seconds?: number;
            pushed: number;
            reasons: components["schemas"]["CoverageReason"][];
            registry: string;
            registryId: string;
            slowestSeconds?: number;
            undetermined: number;
        };
        /** @description Pushes by the way in which they became known. */
        CoverageSenders: {
            command: number;
            eventGrid: number;
            index: number;
            sweep: number;
            unknown: number;
            webhook: number;
        };
        /** @description The same sums over all days and registries of the request. */
        CoverageSums: {
            assessed: number;
            balances: boolean;
            inTime: number;
            late: number;
            learned: components["schemas"]["CoverageSenders"];
            missing: number;
            notApplicable: number;
            onItsWay: number;
            p50Seconds?: number;
            p95Seconds?: number;
            pushed: number;
            reasons: components["schemas"]["CoverageReason"][];
            slowestSeconds?: number;
            undetermined: number;
        };
        /** @description A push of an image at one place, with its outcome. */
        CoveredPush: {
            /** Format: date-time */
            answeredAt?: string;
            digest?: string;
            isLate: boolean;
            /** @enum {string} */
            learned: "webhook" | "eventGrid" | "sweep" | "index" | "command" | "unknown";
            /** @enum {string} */
            outcome: "assessed" | "notApplicable" | "undetermined" | "onItsWay" | "missing";
            pushId: string;
            reason?: string;
            /** Format: date-time */
            receivedAt: string;
            registry?: string;
            registryId?: string;
            repository?: string;
            seconds?: number;
            /** @enum {string} */
            status: "queued" | "scanning" | "healthy" | "unhealthy" | "not-applicable" | "undetermined";
            subscriptionId?: string;
        };
        /** @description CycloneDX 1.6 (ECMA-424). */
        CycloneDx: {
            /** @constant */
            bomFormat: "CycloneDX";
            /** @constant */
            specVersion: "1.6";
        } & {
            [key: string]: unknown;
        };
        Database: {
            builtAt: string;
            covers?: string[];
            demonstration: boolean;
            digest: string;
            java?: string;
            staleDays?: number;
            tooOldDays?: number;
        };
        /** @description Age of the announced database. `warning`: no newer one could be taken for a day, a source lags by as much, one is held, or the clock of the instance is behind. `alarm`: in two days it makes no image healthy, or it does not already, or no newer one could be taken for as long. Only the instance that refreshes knows `failing`. */
        DatabaseFreshness: {
            ageSeconds?: number;
            failing?: {
                /** Format: date-time */
                since: string;
                why: string;
            };
            /** @enum {string} */
            level: "good" | "warning" | "alarm";
            notes: string[];
        };
        /** @description An order that may take long. While it runs, repeat the request with the same `x-ms-client-request-id`. */
        DatabaseOrder: {
            /** Format: date-time */
            builtAt?: string;
            digest?: string;
            entries?: number;
            failed?: string[];
            id: string;
            java?: components["schemas"]["JavaDatabaseUpdated"];
            lacks?: string[];
            lagging?: string[];
            /** @enum {string} */
            outcome?: "updated" | "unchanged";
            progress?: {
                answered?: number;
                doneBytes?: number;
                of?: number;
                source: string;
                totalBytes?: number;
            };
            source?: string;
            /** @enum {string} */
            state: "running" | "ended";
        };
        /** @description A vulnerability database that was announced. `in-use`: images are assessed by it. `stored`: it can be used again. `gone`: its archive is not kept any more. `lacks`: releases in support of which it has nothing. */
        DatabaseStanding: {
            /** Format: date-time */
            builtAt: string;
            bytes?: number;
            demonstration: boolean;
            digest: string;
            entries?: number;
            lacks?: string[];
            staleDays?: number;
            /** @enum {string} */
            state: "in-use" | "stored" | "gone" | "recalled";
            tooOldDays?: number;
        };
        /** @description The outcome of an order: the database that is in use now. `lagging`: sources that lag behind the newest one by more than a day. `failed`: sources that could not be used. */
        DatabaseUpdated: {
            /** Format: date-time */
            builtAt: string;
            digest: string;
            entries?: number;
            failed?: string[];
            java?: components["schemas"]["JavaDatabaseUpdated"];
            lacks?: string[];
            lagging?: string[];
            /** @enum {string} */
            outcome: "updated" | "unchanged";
            source?: string;
        };
        DayCharges: {
            amount: string;
            charges: number;
            currency: string;
        };
        Disagreement: {
            examples: string[];
            path: string;
            scanner: number;
            what: string;
            witness: number;
        };
        /** @description What every refusal looks like. `additionalInfo` of type `MissingRight`, of a 403: the `operation` that the caller lacks in the `scope`, whether a part of it would do (`partly`), and the `roles` that would help. */
        Error: {
            error: {
                additionalInfo?: {
                    info: {
                        operation?: string;
                        partly?: boolean;
                        roles?: string[];
                        scope?: string;
                    } & {
                        [key: string]: unknown;
                    };
                    type: string;
                }[];
                code: string;
                details?: ({
                    code?: string;
                    message?: string;
                    target?: string;
                } & {
                    [key: string]: unknown;
                })[];
                message: string;
                target?: string;
            };
        };
        /** @description An event in the schema of Event Grid. */
        EventGridEvent: {
            data?: unknown;
            eventTime?: unknown;
            eventType: string;
            id: string;
            subject?: unknown;
            topic: string;
        };
        /** @description The basis of a status: the scanner with the packages in its report, a witness that looked at the image independently of it, with its disagreements, and the advisories with their date. `healthy` needs a witness that agrees. */
        Evidence: {
            database: components["schemas"]["Database"];
            inventory?: components["schemas"]["Inventory"];
            scanner: components["schemas"]["Scanner"];
            uncovered?: components["schemas"]["Uncovered"];
            warnings?: string[];
            witness?: components["schemas"]["Witness"];
        };
        /** @description An image in one place, with its status as the other routes show it. `classified` is its classification as `finding.classified` has it, with all findings in canonical order and the newest database that it was assessed with; absent if there is none, or if its findings are not known at the moment. */
        ExportedImage: {
            classified?: {
                classification: number;
                database: components["schemas"]["Database"];
                findings: components["schemas"]["ClassifiedFinding"][];
                id: string;
                layers: string[];
                reason?: string;
                result?: number;
                scanId: string;
                scanner: components["schemas"]["Scanner"];
                sequence?: string;
                set: {
                    count: number;
                    sum: string;
                };
                /** @enum {string} */
                status: "queued" | "scanning" | "healthy" | "unhealthy" | "not-applicable" | "undetermined";
                verdict: number;
            };
            digest: string;
            /** @enum {string} */
            kind: "image";
            loginServer: string;
            /** @description Partition of the image in `finding.classified`. */
            partition: number;
            reason?: string;
            registryId: string;
            repository: string;
            /** @enum {string} */
            status: "queued" | "scanning" | "healthy" | "unhealthy" | "not-applicable" | "undetermined";
            subscriptionId: string;
        };
        /** @description An event of `finding.classified` before the positions whose other pages stand behind them. */
        ExportedPage: {
            data: components["schemas"]["FindingClassified"];
            id: string;
            /** @enum {string} */
            kind: "page";
            /** @description Partition of the image in `finding.classified`. */
            partition: number;
        };
        /** @description The last line, with the numbers of lines and findings before it. Without it, the export is cut. */
        ExportEnd: {
            findings: number;
            images: number;
            /** @enum {string} */
            kind: "end";
            pages: number;
        };
        /** @description The first line: the next offset to read in each partition of the published topics, and the highest `ce_sequence` before it. The lines that follow are what the topic `finding.classified` states up to there. `positions` is absent for a caller who may not read all findings, since offsets count the events of all registries. */
        ExportHead: {
            /** Format: date-time */
            asOf: string;
            /** @enum {string} */
            kind: "export";
            positions?: {
                next: number;
                partition: number;
                sequence?: string;
                topic: string;
            }[];
            /** @constant */
            version: 1;
        };
        FacetError: {
            errors: {
                code: string;
                message: string;
            }[];
            expression: string;
            /** @enum {string} */
            resultType: "FacetError";
        };
        FacetResult: {
            count: number;
            data: components["schemas"]["GraphTable"] | {
                [key: string]: unknown;
            }[];
            expression: string;
            /** @enum {string} */
            resultType: "FacetResult";
            totalRecords: number;
        };
        /** @description A finding of an image, together with what is known of its vulnerability. Until that is known, the texts are absent. */
        Finding: {
            advisoryRemoved?: components["schemas"]["AdvisoryRemoval"];
            aliases: string[];
            cwes: string[];
            demonstrationDatabase?: boolean;
            description?: string;
            findingId: string;
            /** Format: date-time */
            firstSeenAt: string;
            fixedVersion?: string;
            installedVersion: string;
            layer?: string;
            /** Format: date-time */
            modifiedAt?: string;
            package: string;
            packageType: string;
            path?: string;
            /** Format: date-time */
            publishedAt?: string;
            ratings: components["schemas"]["Rating"][];
            references: string[];
            registryId: string;
            remediation: string;
            repository: string;
            ruleId?: string;
            /** @enum {string} */
            severity: "Critical" | "High" | "Medium" | "Low" | "Unknown";
            severityRule: string;
            sourcePackage?: string;
            /** @enum {string} */
            state: "active" | "exempt";
            status: {
                cause: string;
                /** @enum {string} */
                code: "Healthy" | "Unhealthy" | "NotApplicable";
                description: string;
            };
            title?: string;
            vulnerability: string;
        };
        FindingClassified: {
            base?: components["schemas"]["ClassificationRef"];
            basis: string[];
            bySeverity: components["schemas"]["BySeverity"];
            /** @enum {string} */
            cause: "scan" | "rescan" | "rule" | "recall";
            classification: number;
            /** @enum {string} */
            content: "set" | "change" | "none";
            database: components["schemas"]["Database"];
            digest: string;
            driver: string;
            exempt: number;
            findings: components["schemas"]["ClassifiedFinding"][];
            fixable: number;
            inventory?: components["schemas"]["Inventory"];
            layers?: string[];
            listedIn: string[];
            loginServer: string;
            /** @enum {string} */
            mode: "classic" | "extended";
            os?: components["schemas"]["OperatingSystem"];
            page: number;
            pages: number;
            pushedAt: string;
            pushId: string;
            reason?: string;
            receivedAt: string;
            registryId: string;
            removed?: number[];
            repository: string;
            result?: number;
            ruled?: components["schemas"]["RuledFindings"][];
            scanId: string;
            scanner: components["schemas"]["Scanner"];
            scannerMs: number;
            set: components["schemas"]["SetSum"];
            /** @enum {string} */
            status: "healthy" | "unhealthy" | "not-applicable" | "undetermined";
            subscriptionId: string;
            system?: components["schemas"]["SystemPackages"];
            tags: string[];
            uncovered?: components["schemas"]["Uncovered"];
            verdict: number;
            warnings?: string[];
            witness?: components["schemas"]["Witness"];
        };
        /** @description The findings that are shown, as `finding.classified` names a set: the id of its first page, its number, count and sum. A consumer of the events that lost its own set reads the findings, and goes on with the changes on this set. */
        FindingSet: {
            classification: number;
            count: number;
            id: string;
            sum: string;
            verdict: number;
        };
        /** @description An upgrade of one package in one system, which closes `closes` active findings of the `of` that its images have. `running` is the number of its images that run, once a cluster has reported. `GET /assay/images?fix=<package>@<fixed>` lists the images. */
        Fix: {
            bySeverity: components["schemas"]["Counts"];
            closes: number;
            command?: string;
            fixed: string;
            images: number;
            installed: string[];
            of: number;
            package: string;
            packages: string[];
            repositories: string[];
            repositoryCount: number;
            running?: number;
            system?: string;
            type: string;
            /** @enum {string} */
            worst: "Critical" | "High" | "Medium" | "Low" | "Unknown";
        };
        /** @description A finding of a vulnerability, in one image at one place. */
        FoundAt: {
            digest: string;
            /** Format: date-time */
            firstSeenAt: string;
            fixedVersion?: string;
            installedVersion: string;
            loginServer: string;
            package: string;
            packageType: string;
            path?: string;
            registryId: string;
            repository: string;
            ruleId?: string;
            /** @enum {string} */
            severity: "Critical" | "High" | "Medium" | "Low" | "Unknown";
            sourcePackage?: string;
            /** @enum {string} */
            state: "active" | "exempt";
            subscriptionId: string;
            tags: string[];
        };
        FoundImage: {
            digest: string;
            loginServer: string;
            repository: string;
            tags: string[];
        };
        /** @description A package with findings, the images that have one, and its vulnerabilities. */
        FoundPackage: {
            images: number;
            package: string;
            sourcePackage?: string;
            vulnerabilities: number;
        };
        FoundRegistry: {
            loginServer: string;
            registryId: string;
        };
        /** @description A finding that no longer counts. */
        GoneFinding: {
            /** @enum {string} */
            because: "package-removed" | "fixed-version" | "advisory-withdrawn" | "rule" | "scanner" | "unknown";
            /** Format: date-time */
            firstSeenAt: string;
            fixedVersion?: string;
            installedVersion: string;
            package: string;
            packageType: string;
            path?: string;
            ruleId?: string;
            score?: number;
            /** @enum {string} */
            severity: "Critical" | "High" | "Medium" | "Low" | "Unknown";
            title?: string;
            vulnerability: string;
        };
        GraphAnswer: {
            $skipToken?: string;
            count: number;
            data: components["schemas"]["GraphTable"] | {
                [key: string]: unknown;
            }[];
            facets: (components["schemas"]["FacetResult"] | components["schemas"]["FacetError"])[];
            /** @enum {string} */
            resultTruncated: "true" | "false";
            totalRecords: number;
        };
        /** @description A query in the language of Azure Resource Graph, over subscriptions or over management groups. */
        GraphQuery: {
            facets?: {
                expression: string;
                options?: {
                    $top?: number | null;
                    filter?: string | null;
                    sortBy?: string | null;
                    sortOrder?: ("asc" | "desc") | null;
                } | null;
            }[] | null;
            /** @description Instead of them, at 2020-04-01-preview. */
            managementGroupId?: string | null;
            managementGroups?: string[] | null;
            options?: {
                $skip?: number | null;
                $skipToken?: string | null;
                $top?: number | null;
                authorizationScopeFilter?: ("AtScopeAndBelow" | "AtScopeAndAbove" | "AtScopeAboveAndBelow" | "AtScopeExact") | null;
                resultFormat?: ("table" | "objectArray") | null;
            } | null;
            /** @example securityresources | where type == "microsoft.security/assessments/subassessments" | take 10 */
            query: string;
            subscriptions?: string[] | null;
        };
        GraphTable: {
            columns: {
                name: string;
                /** @enum {string} */
                type: "string" | "integer" | "number" | "boolean" | "object";
            }[];
            rows: unknown[][];
        };
        /** @description A partition of a service at a standstill, since the log differs from what the service read of it. */
        HaltedPartition: {
            code?: string;
            message: string;
            partition: number;
            /** @description The next offset of the topic: the store has the records before it. */
            readUpTo: number;
            /** @description The number of records that the service reads again if it is ordered to continue: all of that partition that it consumes. None is skipped. */
            rereads: number;
            service: string;
            since: string;
            target: string;
            topic: string;
        };
        /** @description A newer database that takes much away. `offered`: the runners are asked. `held`: it waits for an order, or for the next database. `consequences`: of the images with a result, those that would change. */
        HeldDatabase: {
            /** Format: date-time */
            builtAt: string;
            consequences?: {
                changed: number;
                closing: number;
                findings: number;
                healthy: number;
                images: number;
                lowered: number;
                packages: {
                    bucket: string;
                    closing: number;
                    /** @enum {string} */
                    loses: "all" | "some";
                    package: string;
                }[];
                raised: number;
                uncovered: number;
                weakened: number;
            };
            digest: string;
            note: string;
            reasons: string[];
            /** Format: date-time */
            since: string;
            /** @enum {string} */
            state: "offered" | "held";
        };
        /** @description An image at one place where it lies. An index has the status, the counts and `since` of its worst image. A parked image is so `since` the first of its events that is still parked. `queued` and `scanning` pass; `undetermined` is never to be taken for healthy. `running` is absent until a cluster reported what runs: then nothing is known of it. */
        Image: {
            /**
             * Format: date-time
             * @description When the advisories were built on which the status rests; of an index or several places, the oldest. Absent if the image was not scanned.
             */
            advisoriesAt?: string;
            architecture?: string;
            bySeverity?: components["schemas"]["Counts"];
            charge?: {
                amount: string;
                /** Format: date-time */
                chargedFor: string;
                chargeId: string;
                corrections?: {
                    amount: string;
                    chargeId: string;
                    /** Format: date-time */
                    time: string;
                }[];
                currency: string;
                priceRule: string;
                repository: string;
                /** @description The amount after its corrections. */
                rest?: string;
            };
            children?: components["schemas"]["ListedImage"][];
            database?: components["schemas"]["Database"];
            deleted: boolean;
            demonstrationDatabase?: boolean;
            digest: string;
            /** @description Every reason not to trust an absence of findings, in the order in which they decide the status. Empty for a clean bill. Also given for an unhealthy image, which may have more findings than are known. */
            doubts?: string[];
            driver?: string;
            evidence?: components["schemas"]["Evidence"];
            exempt?: number;
            findings?: number;
            fixable?: number;
            kind?: string;
            listedIn: string[];
            loginServer: string;
            operatingSystem?: components["schemas"]["OperatingSystem"];
            os?: string;
            pullMs?: number;
            /** Format: date-time */
            pushedAt?: string;
            pushId?: string;
            pushToRecommendationMs?: number;
            reason?: string;
            /** Format: date-time */
            receivedAt?: string;
            registryId: string;
            repository: string;
            running?: components["schemas"]["RunningIn"][];
            scanId?: string;
            scanMs?: number;
            scanner?: components["schemas"]["Scanner"];
            set?: components["schemas"]["FindingSet"];
            /** Format: date-time */
            since?: string;
            /** @enum {string} */
            status: "queued" | "scanning" | "healthy" | "unhealthy" | "not-applicable" | "undetermined";
            subscriptionId: string;
            tags: string[];
            times: {
                /** Format: date-time */
                classified?: string;
                /** Format: date-time */
                completed?: string;
                /** Format: date-time */
                judged?: string;
                /** Format: date-time */
                pushed?: string;
                /** Format: date-time */
                recommended?: string;
                /** Format: date-time */
                started?: string;
            };
            traceId?: string;
            untagged?: components["schemas"]["Untagged"];
            verdict?: components["schemas"]["Verdict"];
        };
        /** @description An image at one place, now or at an earlier time (`at`), with the classification that counted then. `packagesUnknown` is the code for which its packages are not known. */
        ImageMoment: {
            /** Format: date-time */
            at?: string;
            /** Format: date-time */
            classifiedAt: string;
            database: components["schemas"]["Database"];
            digest: string;
            exempt: number;
            findings: number;
            id: string;
            packages?: number;
            packagesUnknown?: string;
            reason?: string;
            registry: string;
            registryId: string;
            repository: string;
            scanner: components["schemas"]["Scanner"];
            /** @enum {string} */
            status: "queued" | "scanning" | "healthy" | "unhealthy" | "not-applicable" | "undetermined";
            subscriptionId: string;
        };
        Inventory: {
            languages: string[];
            lists?: number;
            packageManagers: string[];
            packages: number;
            shells: string[];
            systemPackages: number;
        };
        InventorySystem: {
            family: string;
            version: string;
        };
        /** @description A database that names Java archives, which was announced. `state` is as that of DatabaseStanding. */
        JavaDatabaseStanding: {
            /** Format: date-time */
            builtAt: string;
            bytes: number;
            digest: string;
            entries: number;
            /** @enum {string} */
            state: "in-use" | "stored" | "gone" | "recalled";
        };
        /** @description The outcome for the database of Java archives. `digest` is of the one that is in use now. A failure does not concern the vulnerability database. */
        JavaDatabaseUpdated: {
            /** Format: date-time */
            builtAt?: string;
            code?: string;
            digest?: string;
            entries?: number;
            failed?: string[];
            lagging?: string[];
            /** @enum {string} */
            outcome: "updated" | "unchanged" | "failed";
            remedy?: string;
            source?: string;
            why?: string;
        };
        /** @description Decides whether a pipeline may use an image. `unknown` must never be taken for `allow`. `page` is the address of the image in the portal, and `upgrade` closes the most of the worst findings that deny. */
        Judgement: {
            /**
             * Format: date-time
             * @description When the advisories were built on which the status rests; of an index or several places, the oldest. Absent if the image was not scanned.
             */
            advisoriesAt?: string;
            /** @enum {string} */
            decision: "deny" | "unknown" | "allow";
            demonstrationDatabase?: boolean;
            digest: string;
            leftOut?: {
                digest: string;
                platform: string;
                reason: string;
                registryId: string;
                repository: string;
            }[];
            /** @enum {string} */
            maxSeverity: "none" | "low" | "medium" | "high" | "critical";
            message: string;
            onlyFixable: boolean;
            page: string;
            pending: boolean;
            places: {
                bySeverity?: components["schemas"]["Counts"];
                /** @enum {string} */
                decision: "deny" | "unknown" | "allow";
                digest: string;
                /** @description Every reason not to trust an absence of findings, in the order in which they decide the status. Empty for a clean bill. Also given for an unhealthy image, which may have more findings than are known. */
                doubts?: string[];
                evidence?: components["schemas"]["Evidence"];
                reason: string;
                registryId: string;
                repository: string;
                /** @enum {string} */
                status: "queued" | "scanning" | "healthy" | "unhealthy" | "not-applicable" | "undetermined";
                statusReason?: string;
                subscriptionId: string;
            }[];
            platform?: string;
            reason: string;
            upgrade?: components["schemas"]["Upgrade"];
        };
        /** @description The newest database with which images were assessed, how many of them, and the time from its build until the last partition of them was (`completedAt`), or until now. */
        Knowledge: {
            assessed: number;
            /** Format: date-time */
            completedAt?: string;
            database: components["schemas"]["Database"];
            images: number;
            latencySeconds: number;
        };
        LanguageManifests: {
            language: string;
            manifests: number;
        };
        /** @description A manifest that an index lists. `leftOut` is the reason why the status of the index does not depend on it, and `unclear` the reason why it may be another thing than it seems. */
        ListedImage: {
            architecture?: string;
            bySeverity?: components["schemas"]["Counts"];
            deleted?: boolean;
            digest: string;
            exempt?: number;
            fixable?: number;
            kind: string;
            leftOut?: string;
            os?: string;
            reason?: string;
            /** @enum {string} */
            status: "queued" | "scanning" | "healthy" | "unhealthy" | "not-applicable" | "undetermined";
            unclear?: string;
            variant?: string;
        };
        /** @description The listings of a subscription by a discovery; `all` stands for the list of subscriptions itself. `failed`: it could not be read, and nothing changed. `held`: so many registries are gone at once that it needs an order. `listedAt` has the last listing, on the instance that lists. `confirmed`: the order was given, and the next listing follows it. `unknown`: no listing has ended yet. */
        ListingStanding: {
            discovery: string;
            gone?: number;
            known?: number;
            leftOut?: {
                loginServer: string;
                registryId: string;
                why: string;
            }[];
            /** Format: date-time */
            listedAt?: string;
            registries?: number;
            restricted?: number;
            /** Format: date-time */
            since?: string;
            /** @enum {string} */
            state: "unknown" | "listed" | "failed" | "held" | "confirmed";
            subscriptionId: string;
            subscriptionName?: string;
            webhooks?: number;
            why?: string;
            withoutWebhook?: {
                registryId: string;
                why: string;
            }[];
        };
        Location: {
            displayName: string;
            id: string;
            name: string;
            regionalDisplayName: string;
            subscriptionId: string;
            /** @enum {string} */
            type: "Region";
        };
        /** @description The caller. `operations` are allowed in some scope of `roles`, those of `everywhere` in all. With the shared token, or without authentication, the role is `Operator`. `authentication` is `oidc` if callers sign in at an `issuer`. `demonstration`: results come from the demonstration database, which knows only the images of the demonstration. `links` lead to tools of the operator, for callers with `services/read`: `traces` has `{traceId}` in the place of an id. */
        Me: {
            /** @enum {string} */
            authentication: "development" | "oidc";
            demonstration: boolean;
            everywhere: ("findings/read" | "gate/read" | "assessments/write" | "plans/read" | "plans/write" | "rules/read" | "rules/write" | "charges/read" | "charges/write" | "parked/read" | "parked/write" | "scanners/read" | "scanners/write" | "services/read" | "sweeps/read" | "sweeps/write" | "notifications/write" | "running/write")[];
            issuer?: string;
            links: {
                /** Format: uri */
                dashboards?: string;
                traces?: string;
            };
            name: string;
            operations: ("findings/read" | "gate/read" | "assessments/write" | "plans/read" | "plans/write" | "rules/read" | "rules/write" | "charges/read" | "charges/write" | "parked/read" | "parked/write" | "scanners/read" | "scanners/write" | "services/read" | "sweeps/read" | "sweeps/write" | "notifications/write" | "running/write")[];
            roles: {
                role: string;
                scope: string;
            }[];
            version: string;
        };
        /** @description A finding that did not count before. */
        NewFinding: {
            /** @enum {string} */
            because: "package-added" | "version-changed" | "advisory-published" | "rule" | "scanner" | "unknown";
            /** Format: date-time */
            firstSeenAt: string;
            fixedVersion?: string;
            installedVersion: string;
            package: string;
            packageType: string;
            path?: string;
            ruleId?: string;
            score?: number;
            /** @enum {string} */
            severity: "Critical" | "High" | "Medium" | "Low" | "Unknown";
            title?: string;
            vulnerability: string;
        };
        OperatingSystem: {
            endOfLife: boolean;
            family: string;
            known?: boolean;
            version: string;
        };
        Operation: {
            display: {
                description: string;
                operation: string;
                provider: string;
                resource: string;
            };
            isDataAction: boolean;
            name: string;
            origin: string;
        };
        OrderBody: {
            why: string;
        };
        /** @description The result of an order, as far as it is known. */
        OrderOutcome: {
            code?: string;
            message?: string;
            order: string;
            /** @enum {string} */
            outcome: "ordered" | "parked" | "redriven" | "dropped";
            target: string;
        };
        Package: {
            build?: components["schemas"]["Build"];
            dependsOn?: string[];
            foundIn?: string;
            id?: string;
            layer?: string;
            licenses?: string[];
            modularityLabel?: string;
            name: string;
            path?: string;
            purl: string;
            sourcePackage?: string;
            sourceVersion?: string;
            type: string;
            version: string;
        };
        PackageDatabase: {
            kind: string;
            leadsTo?: string;
            packages?: number;
            path: string;
        };
        PackageInventory: {
            os?: components["schemas"]["InventorySystem"];
            packages: components["schemas"]["Package"][];
        };
        /** @description A package with its versions. */
        PackageVersions: {
            name: string;
            type: string;
            versions: string[];
        };
        /** @description An event that a service could not handle, or one behind such an event. */
        ParkedEvent: {
            code?: string;
            id?: string;
            key?: string;
            message: string;
            repositories?: string[];
            service: string;
            /** @description When; empty where its sender gave no time. */
            since: string;
            target: string;
            topic: string;
            waitsFor?: string;
        };
        /** @description A parked event, for callers without the right to read the reason. */
        ParkedHint: {
            service: string;
            /** @description When; empty where its sender gave no time. */
            since: string;
            topic: string;
        };
        ParkedRecord: {
            code?: string;
            id?: string;
            key?: string;
            message: string;
            record?: {
                bytes: number;
                headers: {
                    [key: string]: string;
                };
                key?: string;
                truncated?: boolean;
                value: string;
            };
            repositories?: string[];
            service: string;
            /** @description When; empty where its sender gave no time. */
            since: string;
            target: string;
            topic: string;
            waitsFor?: string;
        };
        PartnersDataBody: {
            partnerName: string;
            secret?: string | null;
        };
        /** @description An answer about an image at one place: a classification, a verdict without a scan (`declined`), or the time at which an answer lapsed (`time`) and held again. `id` is that of the event, of a classification that of its first page. Without a result of a scan there are no counts. */
        PastAnswer: {
            /** Format: date-time */
            at: string;
            bySeverity?: components["schemas"]["Counts"];
            /** @enum {string} */
            cause: "scan" | "rescan" | "rule" | "recall" | "declined" | "time" | "unknown";
            classification?: number;
            database?: components["schemas"]["Database"];
            exempt?: number;
            findings?: number;
            fixable?: number;
            id: string;
            reason?: string;
            registry: string;
            registryId: string;
            repository: string;
            scanner?: components["schemas"]["Scanner"];
            /** @enum {string} */
            status: "healthy" | "unhealthy" | "not-applicable" | "undetermined";
            subscriptionId: string;
            verdict?: number;
        };
        /** @description A plan of a subscription: whether it scans, and how it assesses: `classic` as in 2020, `extended` also hardened images. With both plans on, `extended` applies. */
        Plan: {
            by?: string;
            /** Format: date-time */
            from?: string;
            /** @enum {string} */
            mode: "classic" | "extended";
            /** @enum {string} */
            modeBy: "command" | "extension" | "plan";
            /** @enum {string} */
            plan: "ContainerRegistry" | "Containers";
            scans: boolean;
            subscriptionId: string;
            /** @enum {string} */
            tier: "Standard" | "Free";
            why?: string;
        };
        PlanBody: {
            mode?: ("classic" | "extended" | "plan") | null;
            tier?: ("Standard" | "Free") | null;
            why: string;
        };
        /** @description A plan of a subscription. */
        Pricing: {
            id: string;
            /** @enum {string} */
            name: "VirtualMachines" | "SqlServers" | "AppServices" | "StorageAccounts" | "SqlServerVirtualMachines" | "KubernetesService" | "ContainerRegistry" | "KeyVaults" | "Dns" | "Arm" | "OpenSourceRelationalDatabases" | "Containers";
            properties: {
                deprecated?: boolean;
                /** Format: date-time */
                enablementTime?: string;
                enforce?: string;
                extensions?: {
                    additionalExtensionProperties?: {
                        [key: string]: unknown;
                    };
                    isEnabled: string;
                    name: string;
                }[];
                freeTrialRemainingTime: string;
                /** @enum {string} */
                pricingTier: "Standard" | "Free";
                replacedBy?: string[];
                subPlan?: string;
            };
            /** @enum {string} */
            type: "Microsoft.Security/pricings";
        };
        PricingBody: {
            id?: unknown;
            name?: unknown;
            properties: components["schemas"]["PricingProperties"];
            type?: unknown;
        };
        PricingExtension: {
            additionalExtensionProperties?: Record<string, never> | null;
            isEnabled: string;
            name: string;
            operationStatus?: unknown;
        };
        PricingProperties: {
            deprecated?: unknown;
            enablementTime?: unknown;
            enforce?: string | null;
            extensions?: components["schemas"]["PricingExtension"][] | null;
            freeTrialRemainingTime?: unknown;
            inherited?: unknown;
            inheritedFrom?: unknown;
            /** @enum {string} */
            pricingTier: "Standard" | "Free";
            replacedBy?: unknown;
            resourcesCoverageStatus?: unknown;
            subPlan?: string | null;
        };
        PublishedKey: {
            /** @enum {string} */
            algorithm: "Ed25519";
            isCurrent: boolean;
            keyId: string;
            publicKey: string;
        };
        QueryColumn: {
            name: string;
            /** @enum {string} */
            type: "string" | "int" | "long" | "real" | "decimal" | "bool" | "datetime" | "timespan" | "guid" | "dynamic";
            /** @description All values that it can have, if they are few and known. */
            values?: string[];
        };
        /** @description What a query may name. `members` are those that are declared: a row may have others. */
        QueryLanguage: {
            /** @description Functions over the rows of a group, for `summarize`. */
            aggregates: string[];
            /** @description The table of a query that names none. */
            defaultTable: string;
            functions: string[];
            /** @description After a pipe. */
            operators: string[];
            tables: components["schemas"]["QueryTable"][];
        };
        /** @description A table with the columns that its rows have, and the members of dynamic columns by their paths. */
        QueryTable: {
            columns: components["schemas"]["QueryColumn"][];
            members: components["schemas"]["QueryColumn"][];
            name: string;
        };
        Rating: {
            score?: number;
            /** @enum {string} */
            severity: "Critical" | "High" | "Medium" | "Low" | "Unknown";
            source: string;
            vector?: string;
        };
        /** @description The number of accepted notifications, and why others were ignored. */
        Receipt: {
            accepted: number;
            ignored: {
                [key: string]: number;
            };
        };
        Registry: components["schemas"]["RegistryObserved"] & {
            images?: {
                healthy: number;
                notApplicable: number;
                undetermined: number;
                unhealthy: number;
                waiting: number;
            };
            planOn: boolean;
            status?: {
                cause: string;
                /** @enum {string} */
                code: "Healthy" | "Unhealthy" | "NotApplicable";
                description: string;
            };
        };
        RegistryObserved: {
            access?: string;
            allowAddresses: string[];
            answeredAt?: string;
            assessesRestricted?: boolean;
            by: string;
            cloud: string;
            discovery?: string;
            location: string;
            loginServer: string;
            /** @enum {string} */
            networkAccess: "public" | "restricted";
            plainHttp: boolean;
            registryId: string;
            removed: boolean;
            /** @enum {string} */
            removedImages?: "keep" | "close";
            sku: string;
            subscriptionId: string;
            subscriptionName: string;
            tags: Record<string, never>;
            why?: string;
        };
        /** @description Digests of the report, and those that were published: seen for the first time, gone for a day, or again with other namespaces or after a week. */
        ReportCounts: {
            again: number;
            digests: number;
            firstSeen: number;
            gone: number;
        };
        /** @description A cluster and the number of digests in its last report. `silent`: it has not reported for two days, so what runs there now is not known. */
        ReportingCluster: {
            cluster: string;
            digests: number;
            /** Format: date-time */
            reportedAt: string;
            silent?: boolean;
        };
        ResourceGroup: {
            id: string;
            location: string;
            name: string;
            properties: {
                /** @enum {string} */
                provisioningState: "Succeeded";
            };
            type: string;
        };
        ResourceProvider: {
            id: string;
            namespace: string;
            /** @enum {string} */
            registrationState: "Registered";
            resourceTypes: {
                apiVersions: string[];
                locations: string[];
                resourceType: string;
            }[];
        };
        /** @description The result of the order, as far as it is known. */
        ResumeOutcome: {
            order: string;
            /** @enum {string} */
            outcome: "ordered" | "resumed";
            target: string;
        };
        /** @description A rule that disables findings, and the number of findings that it disables (the answer to a `PUT`: is about to disable). `fixable` of these have a fix by now, so that the rule may end. */
        Rule: {
            by: string;
            criteria: components["schemas"]["RuleCriteria"];
            exempted: number;
            /** Format: date-time */
            expiresAt?: string;
            fixable: number;
            reason: string;
            ruleId: string;
            scope: string;
            /** Format: date-time */
            since: string;
            /** @enum {string} */
            state: "in-force" | "expired";
        };
        RuleBody: {
            criteria: components["schemas"]["RuleCriteriaBody"];
            expiresAt?: string | null;
            reason: string;
            scope: string;
        };
        RuleCriteria: {
            cvssBelow?: number;
            digests?: string[];
            operatingSystems?: string[];
            patchable?: boolean;
            /** @enum {string} */
            severityBelow?: "Critical" | "High" | "Medium" | "Low" | "Unknown";
            vulnerabilities?: string[];
        };
        RuleCriteriaBody: {
            cvssBelow?: number | null;
            digests?: string[] | null;
            operatingSystems?: string[] | null;
            patchable?: boolean | null;
            severityBelow?: ("Critical" | "High" | "Medium" | "Low") | null;
            vulnerabilities?: string[] | null;
        };
        RuledFindings: {
            at: number[];
            ruleId?: string;
            /** @enum {string} */
            state: "active" | "exempt";
        };
        /** @description The effect that a rule would have. */
        RulePreview: {
            /** Format: date-time */
            asOf: string;
            /** @description The number of images about which the gate would decide differently. */
            gateChanges: number;
            /** @description The first 20 of them, each with the decision at that place. */
            gates: {
                /** @enum {string} */
                after: "deny" | "unknown" | "allow";
                /** @enum {string} */
                before: "deny" | "unknown" | "allow";
                digest: string;
                registryId: string;
                repository: string;
            }[];
            /** @description Findings that count now, and would not. */
            hides: {
                bySeverity: components["schemas"]["Counts"];
                findings: number;
                images: number;
                /** @description The 20 images with the most of them. */
                places: {
                    digest: string;
                    findings: number;
                    registryId: string;
                    repository: string;
                    tags: string[];
                }[];
            };
            /** @description All findings that meet the criteria, also those that another rule disables. */
            matches: {
                bySeverity: components["schemas"]["Counts"];
                findings: number;
                images: number;
            };
            /** @enum {string} */
            maxSeverity: "none" | "low" | "medium" | "high" | "critical";
            /** @description Whether a rule of the name is there, and would be changed. */
            replaces: boolean;
            ruleId: string;
            scope: string;
            /** @description Findings that the rule disables now, and that would count again. */
            shows: {
                bySeverity: components["schemas"]["Counts"];
                findings: number;
                images: number;
            };
            /** @description Statuses that would change, indexes included, each with the first 20 images. */
            statuses: {
                /** @enum {string} */
                after: "queued" | "scanning" | "healthy" | "unhealthy" | "not-applicable" | "undetermined";
                afterReason?: string;
                /** @enum {string} */
                before: "queued" | "scanning" | "healthy" | "unhealthy" | "not-applicable" | "undetermined";
                beforeReason?: string;
                count: number;
                images: {
                    digest: string;
                    registryId: string;
                    repository: string;
                }[];
            }[];
        };
        RulePreviewBody: {
            criteria: components["schemas"]["RuleCriteriaBody"];
            expiresAt?: string | null;
            reason?: string | null;
            scope: string;
        };
        /** @description A runner by its own report. Only `status` and `reasons` are known of one that does not answer. */
        Runner: {
            address?: string;
            /** @description The means that keep each scan within its limits, and the reason why it is no control group. */
            boundedBy?: {
                end: string;
                memory: string;
                processes: string;
                processor: string;
                why?: string;
            };
            /** @description `java` is the digest of the database of Java archives, or `own` for one of its operator. */
            database?: {
                ageHours: number;
                /** Format: date-time */
                builtAt: string;
                demonstration: boolean;
                digest: string;
                java?: string;
            };
            driver?: string;
            /** @description Identifies this run of its process. */
            id?: string;
            notes: string[];
            reasons: string[];
            scanner?: components["schemas"]["Scanner"];
            /**
             * Format: date-time
             * @description When it answered.
             */
            seenAt?: string;
            slots?: {
                of: number;
                used: number;
            };
            /** @enum {string} */
            status: "ready" | "not-ready" | "unreachable" | "unknown";
            /** Format: date-time */
            triedAt?: string;
            version?: string;
            /** @description The attacks that it tried from within its sandbox when it started. */
            walls?: {
                detail: string;
                name: string;
                stands: boolean;
            }[];
        };
        /** @description A cluster in which an image runs: since when, and the last report that had it. `silent`: the cluster has not reported for two days, so the image may run there or not. */
        RunningIn: {
            cluster: string;
            namespaces?: string[];
            /** Format: date-time */
            seenAt: string;
            silent?: boolean;
            /** Format: date-time */
            since: string;
        };
        /** @description SARIF 2.1.0 (OASIS). */
        Sarif: {
            runs: unknown[];
            /** @constant */
            version: "2.1.0";
        } & {
            [key: string]: unknown;
        };
        Scanner: {
            digest: string;
            name: string;
            version: string;
        };
        /** @description A scanner build: the number of images that depend on it, whether it was recalled, and the systems of its images that it does not know, or of which it lists no packages. */
        ScannerBuild: {
            digest: string;
            images: number;
            name?: string;
            recalled?: {
                by: string;
                /** Format: date-time */
                since: string;
                why: string;
            };
            unread?: {
                family: string;
                images: number;
                version: string;
                /** @enum {string} */
                why: "not-known" | "no-packages";
            }[];
            version?: string;
        };
        /** @description Something that differs from what was sealed. */
        SealDifference: {
            kind: string;
            number?: number;
            offset?: number;
            partition?: number;
            period?: string;
            text: string;
            topic?: string;
        };
        SealsStanding: {
            done?: number;
            notes: string[];
            of?: number;
            places: string[];
            /** @enum {string} */
            state: "off" | "not-sealed" | "nothing-compared" | "reading" | "failing" | "good" | "differs";
            verified?: {
                compared: number;
                differences: components["schemas"]["SealDifference"][];
                keys: string[];
                last?: {
                    digest: string;
                    number: number;
                    /** Format: date-time */
                    sealedAt: string;
                };
                months: string[];
                records: number;
                seals: number;
                /** @enum {string} */
                state: "not-sealed" | "nothing-compared" | "good" | "differs";
                unsealed: number;
                warnings: string[];
            };
        };
        /** @description The state of a service: its own report, `unreachable` without an answer, or `unknown` without an address. */
        ServiceStanding: {
            address?: string;
            /** @description Identifies this run of its process. */
            instance?: string;
            /** @description Records in the log that it has not received, in the partitions that it owns. */
            lag?: number;
            name: string;
            notes: string[];
            /** @description Age of the oldest event that it emitted and that is not in the log yet. */
            outboxAgeSeconds?: number;
            /** @description Events that are parked in this service, in all its instances together. Absent while the read model is behind or cut off. */
            parked?: number;
            reasons: string[];
            /** @enum {string} */
            status: "ready" | "not-ready" | "unreachable" | "unknown";
            version?: string;
            /** @description Of recommendation: time since its read model is known to have held the whole log, or since it is being filled. It is checked every second. */
            viewBehindSeconds?: number;
        };
        SetSum: {
            count: number;
            sum: string;
        };
        /** @description SPDX 2.3 (ISO/IEC 5962). */
        Spdx: {
            packages: unknown[];
            relationships: unknown[];
            /** @constant */
            spdxVersion: "SPDX-2.3";
        } & {
            [key: string]: unknown;
        };
        /** @description A Sigstore bundle with an in-toto statement (predicate `https://in-toto.io/attestation/svr/v0.2`) in DSSE. The public key is at `/assay/keys`. It says what held at `timeCreated`: refuse an old one. */
        StatementBundle: {
            dsseEnvelope: {
                payload: string;
                payloadType: string;
                signatures: {
                    sig: string;
                }[];
            };
            mediaType: string;
            verificationMaterial: {
                publicKey: {
                    hint: string;
                };
            };
        };
        /** @description Images by status, with all filters except those of status and reason. */
        StatusCounts: {
            healthy: number;
            "not-applicable": number;
            queued: number;
            scanning: number;
            undetermined: number;
            unhealthy: number;
        };
        /** @description An event that a step rests on, and its place in the log. */
        StepEvent: {
            cause?: string;
            id: string;
            offset: number;
            partition: number;
            /** Format: date-time */
            time: string;
            topic: string;
        };
        /** @description A finding in an image, or the fact that there is none (`id` is `healthy`). */
        SubAssessment: {
            id: string;
            /** Format: uuid */
            name: string;
            properties: {
                additionalData: components["schemas"]["ContainerRegistryVulnerability"] | components["schemas"]["AzureContainerRegistryVulnerability"];
                category?: string;
                description: string;
                displayName: string;
                id: string;
                impact?: string;
                remediation: string;
                resourceDetails: {
                    id: string;
                    /** @enum {string} */
                    source: "Azure";
                };
                status: {
                    cause?: string;
                    /** @enum {string} */
                    code: "Healthy" | "Unhealthy" | "NotApplicable";
                    description?: string;
                    /** @enum {string} */
                    severity?: "Critical" | "High" | "Medium" | "Low" | "Unknown";
                };
                /** Format: date-time */
                timeGenerated: string;
            };
            /** @enum {string} */
            type: "Microsoft.Security/assessments/subAssessments";
        };
        Subscription: {
            displayName: string;
            id: string;
            /** @enum {string} */
            state: "Enabled";
            subscriptionId: string;
            tenantId: string;
        };
        /** @description The state of the sweep of a registry. `held`: so many images are gone that it needs an order. `confirmed`: the order was given, and the sweep has not run yet. `failed`: the registry, or a part of it, could not be read since. `unknown`: no sweep has ended yet. An entry `untagged-N` is no registry: partition N of recommendation holds that many closings for want of a tag, and an order lets them go. `outcome`, `by` and `why` are those of the last report. */
        SweepStanding: {
            by?: string;
            gone?: number;
            known?: number;
            loginServer: string;
            outcome?: string;
            registryId: string;
            /** Format: date-time */
            since?: string;
            /** @enum {string} */
            state: "unknown" | "clear" | "failed" | "held" | "confirmed";
            why?: string;
        };
        SystemName: {
            family: string;
            source: string;
            version: string;
        };
        SystemPackages: {
            count: number;
            packageManager: boolean;
            shell: boolean;
        };
        /** @description A tag with the image that it names, and its last moves, the newest first. */
        Tag: {
            /** Format: date-time */
            at: string;
            digest?: string;
            loginServer: string;
            moves: components["schemas"]["TagMove"][];
            registryId: string;
            repository: string;
            subscriptionId: string;
            tag: string;
        };
        /** @description A tag named another image from then on, or was gone (without `digest`). `at` is when the registry was asked. Moves within ten minutes are one, with the last of them: `times` counts them. */
        TagMove: {
            /** Format: date-time */
            at: string;
            digest?: string;
            /** @enum {string} */
            origin: "notification" | "sweep";
            times?: number;
        };
        Tenant: {
            displayName: string;
            id: string;
            tenantId: string;
        };
        /** @description An event of the image. */
        TimelineEvent: {
            afterMs: number;
            cause?: string;
            depth: number;
            id: string;
            pages?: number;
            pushId?: string;
            repository?: string;
            summary: string;
            /** Format: date-time */
            time: string;
            topic: string;
            traceId?: string;
        };
        Total: {
            amount: string;
            charges: number;
            currency: string;
        };
        /** @description Findings by age. */
        TrendAges: {
            /** @enum {string} */
            bucket: "<7d" | "<30d" | "<90d" | "<180d" | ">=180d";
            critical: number;
            high: number;
            low: number;
            medium: number;
            unknown: number;
        };
        /** @description Images at the end of a day by status, and the charges of the day. */
        TrendDay: {
            charges?: components["schemas"]["DayCharges"][];
            /** Format: date */
            day: string;
            healthy: number;
            notApplicable: number;
            undetermined: number;
            unhealthyBySeverity: {
                critical: number;
                high: number;
                low: number;
                medium: number;
                unknown: number;
            };
        };
        /** @description Pushes of a day by the time to their first answer. */
        TrendResults: {
            /** Format: date */
            day: string;
            inTime: number;
            late: number;
            p50Seconds?: number;
            p95Seconds?: number;
            slowestSeconds?: number;
        };
        Uncovered: {
            languages?: string[];
            system?: string;
            unsourced?: string[];
        };
        UnreadPart: {
            path: string;
            reason: string;
        };
        /** @description The image had a tag and has none: since when, and the last tags that it lost, with what they name now. */
        Untagged: {
            lost: {
                digest?: string;
                tag: string;
            }[];
            /** Format: date-time */
            since: string;
        };
        /** @description An upgrade of one package: `package` is the source package, if it is known, `packages` the installed ones that are built from it, and `command` the line that upgrades them, where one is known. `fixed` is the highest version that fixes one of the `closes` active findings, `installed` the first five versions that images have, the newest first. */
        Upgrade: {
            bySeverity: components["schemas"]["Counts"];
            closes: number;
            command?: string;
            fixed: string;
            installed: string[];
            package: string;
            packages: string[];
            type: string;
        };
        UsageCharged: {
            amount: string;
            billedIn?: string;
            by?: string;
            chargedFor: string;
            chargeId: string;
            correctionOf?: string;
            currency: string;
            digest: string;
            listedIn: string[];
            loginServer: string;
            priceRule: string;
            pushedAt: string;
            pushId: string;
            receivedAt: string;
            registryId: string;
            repository: string;
            scanId: string;
            subscriptionId: string;
            tags: string[];
            verdict: number;
            why?: string;
        };
        /** @description Whether the image is scanned; if not, the reason. */
        Verdict: {
            approved: boolean;
            /** Format: date-time */
            deadline?: string;
            /** @enum {string} */
            kind?: "scan" | "rescan";
            /** @enum {string} */
            lane?: "push" | "backfill" | "rescan";
            message?: string;
            /** @enum {string} */
            mode?: "classic" | "extended";
            platform?: string;
            reason?: string;
            verdict: number;
        };
        /** @description A vulnerability that images have. Its `findings`, with the worst severity, the images that have one, those in which a version fixes one, the first five packages and the time of the first are those that the list shows. `exempt` counts images of which rules disable all findings of it, by all conditions but `state`. */
        Vulnerability: {
            aliases: string[];
            exempt: number;
            findings: number;
            fixable: number;
            id: string;
            images: number;
            packageCount: number;
            packages: string[];
            /** @enum {string} */
            severity: "Critical" | "High" | "Medium" | "Low" | "Unknown";
            /** Format: date-time */
            since: string;
            title?: string;
        };
        /** @description An assessment that is chargeable, but has no price on its day. */
        WaitingCharge: {
            /** Format: date-time */
            chargedFor: string;
            digest: string;
            loginServer: string;
            pushId: string;
            registryId: string;
            repository: string;
            scanId: string;
            subscriptionId: string;
        };
        /** @description A manifest that an index lists. `leftOut` and `unclear` are as in ListedImage. Without `place` no event about it has arrived. */
        WhyChild: {
            architecture?: string;
            digest: string;
            kind: string;
            leftOut?: string;
            os?: string;
            place?: components["schemas"]["WhyPlace"];
            unclear?: string;
            variant?: string;
        };
        /** @description The events that led to the status of an image at one place. `status` is that of the newest event; for an index, of the worst image that counts. */
        WhyPlace: {
            /**
             * Format: date-time
             * @description When the advisories were built on which the status rests; of an index or several places, the oldest. Absent if the image was not scanned.
             */
            advisoriesAt?: string;
            children?: components["schemas"]["WhyChild"][];
            digest: string;
            loginServer: string;
            reason?: string;
            registryId: string;
            repository: string;
            /** @enum {string} */
            status: "queued" | "scanning" | "healthy" | "unhealthy" | "not-applicable" | "undetermined";
            steps: components["schemas"]["WhyStep"][];
            subscriptionId: string;
            tags: string[];
        };
        /** @description A step from the notification to the charge. Without events it explains what is missing. */
        WhyStep: {
            details: string[];
            events: components["schemas"]["StepEvent"][];
            exemptions?: {
                findings: number;
                ruleId: string;
            }[];
            /** @description Fields of the event, as the log has them. */
            facts?: {
                [key: string]: unknown;
            };
            obstacles?: components["schemas"]["AppliedObstacle"][];
            /** @enum {string} */
            step: "notification" | "push" | "verdict" | "scan" | "classification" | "recommendation" | "charge";
            /** Format: date-time */
            time?: string;
            title: string;
        };
        Witness: {
            databases: components["schemas"]["PackageDatabase"][];
            disagreements: components["schemas"]["Disagreement"][];
            languages: components["schemas"]["LanguageManifests"][];
            layers: number;
            notes?: components["schemas"]["UnreadPart"][];
            packages: number;
            systems: components["schemas"]["SystemName"][];
            unread: components["schemas"]["UnreadPart"][];
            version: string;
        };
    };
    responses: {
        /** @description It is as the client has it. */
        304: {
            headers: {
                /** @description The state of the resource. */
                ETag: string;
                "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                "x-ms-request-id": components["headers"]["x-ms-request-id"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The request is none of those that are described. */
        400: {
            headers: {
                "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                "x-ms-request-id": components["headers"]["x-ms-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description There is no token, or no good one. */
        401: {
            headers: {
                /** @description Who gives out tokens. */
                "WWW-Authenticate": string;
                "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                "x-ms-request-id": components["headers"]["x-ms-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description No role of the caller allows it. */
        403: {
            headers: {
                "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                "x-ms-request-id": components["headers"]["x-ms-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description There is no such thing, or it lies outside of the scopes of the caller. */
        404: {
            headers: {
                "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                "x-ms-request-id": components["headers"]["x-ms-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The request did not arrive completely in time. */
        408: {
            headers: {
                "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                "x-ms-request-id": components["headers"]["x-ms-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The body is too large. */
        413: {
            headers: {
                "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                "x-ms-request-id": components["headers"]["x-ms-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The body is no JSON, or is compressed. */
        415: {
            headers: {
                "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                "x-ms-request-id": components["headers"]["x-ms-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Too many requests. */
        429: {
            headers: {
                /** @description Seconds. */
                "Retry-After": string;
                "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                "x-ms-request-id": components["headers"]["x-ms-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description A mistake of ours. */
        500: {
            headers: {
                "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                "x-ms-request-id": components["headers"]["x-ms-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Not just now: starting, stopping, behind the log, or without it. */
        503: {
            headers: {
                /** @description Seconds. */
                "Retry-After": string;
                "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                "x-ms-request-id": components["headers"]["x-ms-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
    };
    parameters: {
        /** @description The name of a management group. */
        managementGroup: string;
        /** @description The provider of a resource. */
        provider: string;
        /** @description The name of a registry. */
        registry: string;
        /** @description The name of a resource. */
        resource: string;
        /** @description The name of a resource group. */
        resourceGroup: string;
        /** @description The type of a resource. */
        resourceType: string;
        /** @description The id of a subscription. */
        subscriptionId: string;
        /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
        "x-assay-position": string;
    };
    requestBodies: never;
    headers: {
        /** @description The time up to which the answer is known: while the log cannot be reached, and of each query. */
        "x-assay-as-of": string;
        /** @description The position in the log behind what this request wrote, and what the position of the request stood for. Send it back, and the answer holds that. Its text has no meaning to clients. */
        "x-assay-position": string;
        /** @description The id that the client gave. */
        "x-ms-client-request-id": string;
        /** @description The id that the client gave, or ours. */
        "x-ms-correlation-request-id": string;
        /** @description Our id of the request. */
        "x-ms-request-id": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "Audit.list": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
                /** @description Only from this day (UTC) or time on. */
                from?: string;
                /** @description Only up to the end of this day (UTC), or before this time. */
                to?: string;
                /** @description Number of entries in a page: 100 without it, at most 1000. */
                top?: number;
                /** @description Only these kinds, with commas between them: rule, plan, parked, halted, recall, database, sweep, assessment, charge, period, export. */
                what?: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the audit trail. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uri
                         * @description The next page; absent on the last page.
                         */
                        nextLink?: string;
                        value: components["schemas"]["AuditEntry"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Changes.changes": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
                /** @description Only first answers to a push (`true`), or only other changes (`false`), as `isPush`. */
                push?: boolean;
                /** @description Only changes of images in this subscription. */
                subscription?: string;
                /** @description Number of entries in a page: 100 without it, at most 1000. */
                top?: number;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description For a stream: the `id` of the last event that the client has, or `position` of a page. Each later change comes once. Without it, the stream begins with the next change. Too far behind, it is refused (410): pages have those changes. */
                "Last-Event-ID"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As JSON, the newest first. As a stream, one event for each change (`data` is a `Change`), a comment every 15 seconds without one, and an end after 15 minutes: the client comes again with its `Last-Event-ID`. A client that does not read is ended. */
            200: {
                headers: {
                    /** @description `Accept`, and `accept-encoding` */
                    Vary: string;
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uri */
                        nextLink?: string;
                        /** @description The place behind all changes of this answer: the `Last-Event-ID` with which a stream goes on from here. Opaque. */
                        position: string;
                        value: components["schemas"]["Change"][];
                    };
                    "text/event-stream": string;
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description The format is not supported. */
            406: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description `PositionGone`: the `Last-Event-ID` is too far behind, of another log or key, or damaged. Read the latest changes as JSON, and go on from their `position`. */
            410: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            /** @description The read model is behind, or too many clients follow the changes. */
            503: {
                headers: {
                    /** @description Seconds. */
                    "Retry-After": string;
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "Charges.list": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
                /** @description A calendar month in UTC; without it, all months. */
                period?: string;
                /** @description Number of entries in a page, of `value` and `waiting` together: 100 without it, at most 1000. An image is not divided: one with more entries is a page of its own. */
                top?: number;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of charges, in the order of the store. `totals`, and `waitingTotal`, the number of assessments that wait for a price, are those of all pages, and only the first page has them. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uri */
                        nextLink?: string;
                        period?: string;
                        totals?: components["schemas"]["Total"][];
                        value: components["schemas"]["ChargeLine"][];
                        waiting: components["schemas"]["WaitingCharge"][];
                        waitingTotal?: number;
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description The charges of a closed month differ from those that it was closed with. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Corrections.correct": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The id of a charge, `x_AssayChargeId` in the export. */
                chargeId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorrectionBody"];
            };
        };
        responses: {
            /** @description The correction. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageCharged"];
                };
            };
            /** @description The correction is ordered, and not on the bill yet. */
            202: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        chargeId: string;
                        /** @enum {string} */
                        outcome: "ordered";
                    };
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            408: components["responses"]["408"];
            /** @description The correction gives back more than is left of the charge, or changes nothing. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Clusters.list": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All clusters. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        value: components["schemas"]["ReportingCluster"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Coverage.ledger": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
                /** @description First day, UTC; 14 days until `to` without it, at most 366. */
                from?: string;
                /** @description Only this registry: its ARM id, or its host. */
                registry?: string;
                /** @description Only images in this subscription. */
                subscription?: string;
                /** @description Last day, UTC; today without it. */
                to?: string;
                /** @description Number of entries in a page: 100 without it, at most 1000. */
                top?: number;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The newest day first, then by registry; a day without a push has no row. The last answer of a push counts: a later deletion takes no assessment back. A push without an answer is `missing` after 15 minutes, or after a day if a sweep found it. An index of images has no answer of its own: it stands as lists show it now, and is missing if one of its images never came. Seconds are from the receipt of a push to its first answer, without pushes that a sweep found. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        days: components["schemas"]["CoverageDay"][];
                        /** Format: uri */
                        nextLink?: string;
                        total: components["schemas"]["CoverageSums"];
                        value: components["schemas"]["CoverageRow"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Coverage.images": {
        parameters: {
            query: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
                /** @description Day of UTC, such as 2026-11-24. */
                day: string;
                /** @description Only pushes of this outcome. */
                outcome?: "assessed" | "notApplicable" | "undetermined" | "onItsWay" | "missing";
                /** @description Only pushes with this reason. */
                reason?: string;
                /** @description Only this registry: its ARM id, or its host. */
                registry?: string;
                /** @description Only images in this subscription. */
                subscription?: string;
                /** @description Number of entries in a page: 100 without it, at most 1000. */
                top?: number;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of pushes, and their number. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uri */
                        nextLink?: string;
                        total: number;
                        value: components["schemas"]["CoveredPush"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Databases.list": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All databases. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        freshness: components["schemas"]["DatabaseFreshness"];
                        held?: components["schemas"]["HeldDatabase"];
                        java: components["schemas"]["JavaDatabaseStanding"][];
                        value: components["schemas"]["DatabaseStanding"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Databases.recall": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of the database, as in the list. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    why: string;
                };
            };
        };
        responses: {
            /** @description It is recalled. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        digest: string;
                        instead?: components["schemas"]["DatabaseUpdated"];
                    };
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description There is no such database. */
            404: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            408: components["responses"]["408"];
            /** @description The database does not stand a check, or no source has one. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Databases.lookAtRecall": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of the database, as in the list. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The changes that a recall would bring. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        consequences?: {
                            changed: number;
                            closing: number;
                            findings: number;
                            healthy: number;
                            images: number;
                            lowered: number;
                            packages: {
                                bucket: string;
                                closing: number;
                                /** @enum {string} */
                                loses: "all" | "some";
                                package: string;
                            }[];
                            raised: number;
                            uncovered: number;
                            weakened: number;
                        };
                        digest: string;
                        instead?: {
                            /** Format: date-time */
                            builtAt: string;
                            digest: string;
                        };
                        silent?: number;
                    };
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description There is no such database. */
            404: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The database does not stand a check, or no source has one. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Databases.refuse": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of the database, as in the list. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    why: string;
                };
            };
        };
        responses: {
            /** @description It is refused. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        digest: string;
                    };
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description There is no such database. */
            404: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            408: components["responses"]["408"];
            /** @description The database does not stand a check, or no source has one. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Databases.release": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of the database, as in the list. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    healthy: number;
                    why: string;
                };
            };
        };
        responses: {
            /** @description It is in use. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatabaseUpdated"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description There is no such database. */
            404: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            408: components["responses"]["408"];
            /** @description The database does not stand a check, or no source has one. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Databases.use": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of the database, as in the list. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is in use. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatabaseUpdated"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description There is no such database. */
            404: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The database does not stand a check, or no source has one. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Databases.import": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    bytes: number;
                    dataref: string;
                    force?: boolean;
                };
            };
        };
        responses: {
            /** @description The order runs, or has ended. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatabaseOrder"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description There is no such database. */
            404: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            408: components["responses"]["408"];
            /** @description The database does not stand a check, or no source has one. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Databases.update": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    force?: boolean;
                    /** @description Refused if they are not the sources of this suite. */
                    sources?: string[];
                };
            };
        };
        responses: {
            /** @description The order runs, or has ended. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatabaseOrder"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description There is no such database. */
            404: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            408: components["responses"]["408"];
            /** @description The database does not stand a check, or no source has one. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Databases.verify": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order runs, or has ended. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatabaseOrder"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description There is no such database. */
            404: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The database does not stand a check, or no source has one. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "History.difference": {
        parameters: {
            query: {
                /** @description The image before: a digest, or `<digest>@<time>` for an earlier time of UTC. */
                from: string;
                /** @description Only images in this repository. */
                repository?: string;
                /** @description Only images in this subscription. */
                subscription?: string;
                /** @description The image after: a digest, or `<digest>@<time>` for an earlier time of UTC. */
                to: string;
                /** @description Number of entries in a page: 1000 without it, at most 10000. */
                top?: number;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Only findings that count are compared: what a rule disables is `gone` by the rule. The same vulnerability in the same package is one finding, also in another version (`changed`). Lists begin with the worst, and are cut at `top`; `counts` has all. Of several places of an image, the first one where it was assessed counts. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        changed: {
                            after: components["schemas"]["ComparedFinding"];
                            before: components["schemas"]["ComparedFinding"];
                        }[];
                        counts: {
                            changed: number;
                            gone: number;
                            new: number;
                            same: number;
                        };
                        from: components["schemas"]["ImageMoment"];
                        gone: components["schemas"]["GoneFinding"][];
                        new: components["schemas"]["NewFinding"][];
                        packages?: {
                            added: components["schemas"]["PackageVersions"][];
                            changed: {
                                after: string[];
                                before: string[];
                                name: string;
                                type: string;
                            }[];
                            counts: {
                                added: number;
                                changed: number;
                                removed: number;
                            };
                            removed: components["schemas"]["PackageVersions"][];
                        };
                        same: number;
                        to: components["schemas"]["ImageMoment"];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description There is no such image, or not in the scopes of the caller. */
            404: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The findings of one moment are not known, and an empty list would claim that there were none: `NothingKnownThen`, `ImageNotScanned`, `IndexNotScanned`, or `FindingsUnknown` while an event could not be handled. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description `PastNotKept`: the log has lost an event on which the findings of that time rest. */
            410: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Discovery.list": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All listings. `error`: the setting has this mistake, and the last good one counts. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string | null;
                        value: components["schemas"]["ListingStanding"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Discovery.confirm": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description Its id. */
                subscription: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    why: string;
                };
            };
        };
        responses: {
            /** @description The order is recorded. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        value: components["schemas"]["ListingStanding"][];
                    };
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            408: components["responses"]["408"];
            /** @description No removal is held in this subscription. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Charges.export": {
        parameters: {
            query: {
                /** @description The format of the export. */
                format: "focus-csv";
                /** @description A calendar month in UTC; without it, all months. */
                period?: string;
                /** @description The columns: those of FOCUS 1.2, or also the old ones that the official validator requires. */
                profile?: "focus-1.2" | "focus-1.0";
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
                /** @description The reason, for the audit trail. */
                "x-assay-why"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One line for each charge, below the column names. */
            200: {
                headers: {
                    /** @description A name for the file. */
                    "Content-Disposition": string;
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    /** @description How many charges the file has. */
                    "x-assay-charges": string;
                    "x-assay-position": components["headers"]["x-assay-position"];
                    /** @description The totals by currency, as in `1160.00 USD, 3.00 EUR`; `0` if there are no charges. */
                    "x-assay-total": string;
                    /** @description The number of chargeable assessments without a price; the file has none of them. */
                    "x-assay-waiting": string;
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description The file of a closed month is gone, or differs from the kept one. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Fixes.list": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
                /** @description Only what closes findings of this image; all numbers are of it alone. */
                digest?: string;
                /** @description `csv`: all rows as CSV, as for `Accept: text/csv`. */
                format?: "csv" | "json";
                /** @description Only this registry: its id, login server or name. */
                registry?: string;
                /** @description Only this repository; `*` stands for any text. */
                repository?: string;
                /** @description Only findings of at least this severity. */
                severity?: "critical" | "high" | "medium" | "low" | "unknown";
                /** @description Only images in this subscription. */
                subscription?: string;
                /** @description Number of entries in a page: 100 without it, at most 1000. */
                top?: number;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of upgrades. */
            200: {
                headers: {
                    /** @description `Accept`, and `accept-encoding` */
                    Vary: string;
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uri
                         * @description The next page; absent on the last page.
                         */
                        nextLink?: string;
                        /** @description Rows of all pages. */
                        total: number;
                        /** @description Images of these places without a final result. Their last known findings are counted, and there may be others. */
                        unknownImages: number;
                        /** @description Images of these places that lost their tags and do not run. Their findings are left out. */
                        untaggedImages: number;
                        value: components["schemas"]["Fix"][];
                    };
                    "text/csv": string;
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Halted.list": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of partitions. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uri
                         * @description The next page; absent on the last page.
                         */
                        nextLink?: string;
                        value: components["schemas"]["HaltedPartition"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Halted.resume": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The service. */
                app: "ingestion" | "eligibility" | "sandbox-runner" | "classifier" | "recommendation" | "billing";
                /** @description Up to where it had read. */
                offset: number;
                /** @description The partition of the service. */
                partition: number;
                /** @description The topic that differs. */
                topic: "notification.received" | "image.pushed" | "image.deleted" | "tag.moved" | "image.tagged" | "image.running" | "scan.approved" | "scan.declined" | "scan.started" | "scan.completed" | "scan.reassessed" | "finding.classified" | "recommendation.changed" | "usage.charged" | "registry.observed" | "subscription.observed" | "log.sealed" | "plan.changed" | "rule.changed" | "assessment.written" | "advisories.updated" | "advisories.offered" | "advisories.weighed" | "vulnerability.described" | "charge.corrected" | "period.changed" | "owners.changed" | "export.recorded" | "cluster.reported" | "operator.acted";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderBody"];
            };
        };
        responses: {
            /** @description The partition continues. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResumeOutcome"];
                };
            };
            /** @description The order is recorded; the service has not continued yet. */
            202: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResumeOutcome"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            408: components["responses"]["408"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Images.list": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
                /** @description Also images without a tag that an index lists (`true`), each with that index in `listedIn`. Without it they are in the `children` of the index alone. */
                children?: boolean;
                /** @description Only images with an active finding that this upgrade closes: `<package>@<fixed>` of `GET /assay/fixes`. With `severity`, it must be the same finding. */
                fix?: string;
                /** @description Only images with an active finding that has a fix (`true`), or none (`false`). */
                fixable?: boolean;
                /** @description `csv`: all rows as CSV, as for `Accept: text/csv`. */
                format?: "csv" | "json";
                /** @description Only images with a finding in this package, by its name or that of its source, also if a rule disables it; `*` stands for any text, and case does not count. */
                package?: string;
                /** @description Only rows with this text in the login server, the repository, the digest or a tag; case does not count. */
                q?: string;
                /** @description Only images with one of these reasons; `failed` stands for `failed/…`, too. */
                reason?: string;
                /** @description Only this registry: its id, login server or name. */
                registry?: string;
                /** @description Only this repository; `*` stands for any text. */
                repository?: string;
                /** @description Only images that are known to run in a cluster (`true`), or that no reporting cluster has (`false`). Images of which nothing is known are in neither list. */
                running?: boolean;
                /** @description Only images with an active finding of at least this severity. */
                severity?: "critical" | "high" | "medium" | "low" | "unknown";
                /** @description The column to sort by, with `-` in front from the highest to the lowest. */
                sort?: "critical" | "-critical" | "severity" | "-severity" | "fixable" | "-fixable" | "since" | "-since" | "repository" | "-repository" | "status" | "-status";
                /** @description Only images that are shown with one of these statuses. */
                status?: string;
                /** @description Only images in this subscription. */
                subscription?: string;
                /** @description Number of entries in a page: 100 without it, at most 1000. */
                top?: number;
                /** @description Also images that lost their tags (`include`), or these alone (`only`). Without it they are left out, and counted as `untagged`. */
                untagged?: "include" | "only";
                /** @description Only images with this vulnerability, by its id or an alias, also if a rule disables it. */
                vulnerability?: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of images, with the numbers of the whole list. */
            200: {
                headers: {
                    /** @description `Accept`, and `accept-encoding` */
                    Vary: string;
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Images without any filter. */
                        all: number;
                        counts: components["schemas"]["StatusCounts"];
                        /** @description Findings of these images that rules disable. */
                        hidden: number;
                        /**
                         * Format: uri
                         * @description The next page; absent on the last page.
                         */
                        nextLink?: string;
                        /** @description Rows of all pages. */
                        total: number;
                        /** @description Images that are undetermined, queued or scanned, by the filters of place and text alone: they may have findings that are not known, so the filters on findings say nothing about them. */
                        unknown: number;
                        /** @description Images that lost their tags, by the filters of place and text alone, if the list leaves them out. */
                        untagged: number;
                        value: components["schemas"]["Image"][];
                    };
                    "text/csv": string;
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Images.get": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description `wait=N` (RFC 7240): delays the answer until it is final, for N seconds at most and never for more than 50. */
                Prefer?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of an image or an index. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Each place. */
            200: {
                headers: {
                    /** @description The delay that was applied. */
                    "Preference-Applied"?: string;
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        digest: string;
                        parked?: components["schemas"]["ParkedEvent"][] | components["schemas"]["ParkedHint"][];
                        placements: components["schemas"]["Image"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Images.findings": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
                /** @description Only findings with a fix (`true`), or without (`false`). */
                fixable?: boolean;
                /** @description The format, as `Accept` names it. Reports have all findings of the `subscription` and `repository`. */
                format?: "json" | "csv" | "sarif" | "cyclonedx" | "spdx";
                /** @description Only rows with this text in the id or an alias of the vulnerability, the package or its path; case does not count. */
                q?: string;
                /** @description Only this registry: its id, login server or name. */
                registry?: string;
                /** @description Only this repository; `*` stands for any text. */
                repository?: string;
                /** @description Only findings of at least this severity. */
                severity?: "critical" | "high" | "medium" | "low" | "unknown";
                /** @description The column to sort by, with `-` in front from the highest to the lowest. */
                sort?: "severity" | "-severity" | "vulnerability" | "-vulnerability" | "package" | "-package" | "fixable" | "-fixable" | "since" | "-since";
                /** @description Only findings that count (`active`, also without it), or that a rule disables (`exempt`), or `all`. */
                state?: "active" | "exempt" | "all";
                /** @description Only images in this subscription. */
                subscription?: string;
                /** @description Number of entries in a page: 100 without it, at most 1000. */
                top?: number;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of an image or an index. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Pages as JSON; the reports are about all places where the image lies and was scanned. */
            200: {
                headers: {
                    /** @description `Accept`, and `accept-encoding` */
                    Vary: string;
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Those that a rule disables, by all conditions but `state`. Absent where `total` is. */
                        exempt?: number;
                        /**
                         * Format: uri
                         * @description The next page; absent on the last page.
                         */
                        nextLink?: string;
                        /** @description Rows of all pages. Absent while the image has no result in one of the places, and of an index. */
                        total?: number;
                        value: components["schemas"]["Finding"][];
                    };
                    "application/sarif+json": components["schemas"]["Sarif"];
                    "application/spdx+json": components["schemas"]["Spdx"];
                    "application/vnd.cyclonedx+json": components["schemas"]["CycloneDx"];
                    "text/csv": string;
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description The format is not supported. */
            406: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The image was not scanned, is an index, or has no inventory: an empty report would claim that there are no findings. `InventoryLost`: its packages are not kept any more, until it is scanned again. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Gate.get": {
        parameters: {
            query?: {
                /** @description The worst severity that is allowed; `none` allows no finding. */
                maxSeverity?: "none" | "low" | "medium" | "high" | "critical";
                /** @description Whether only findings with a published fix count. */
                onlyFixable?: boolean;
                /** @description Only the images of an index that a runtime may choose for this platform: `linux/arm64` or `linux/arm/v7`. */
                platform?: string;
                /** @description Whether the answer is shown to a person, and no pipeline waits for it: `assay.gate` does not count it. */
                preview?: boolean;
                /** @description Only images in this repository. */
                repository?: string;
                /** @description Only images in this subscription. */
                subscription?: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description `wait=N` (RFC 7240): delays the answer until it is final, for N seconds at most and never for more than 50. */
                Prefer?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of an image or an index. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The decision and its reasons. */
            200: {
                headers: {
                    /** @description The delay that was applied. */
                    "Preference-Applied"?: string;
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Judgement"];
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "History.history": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
                /** @description Only images in this repository. */
                repository?: string;
                /** @description Only images in this subscription. */
                subscription?: string;
                /** @description Number of entries in a page: 100 without it, at most 1000. */
                top?: number;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of an image or an index. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of answers. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uri */
                        nextLink?: string;
                        value: components["schemas"]["PastAnswer"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Images.inventory": {
        parameters: {
            query?: {
                /** @description Only images in this repository. */
                repository?: string;
                /** @description Only images in this subscription. */
                subscription?: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of an image or an index. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The system and its packages. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PackageInventory"];
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description The image was not scanned, is an index, or the scan found no packages. `InventoryLost`: they are not kept any more, until the image is scanned again. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Images.sets": {
        parameters: {
            query?: {
                /** @description Only images in this repository. */
                repository?: string;
                /** @description Only images in this subscription. */
                subscription?: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of an image or an index. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A place whose findings are not known at the moment is absent. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        digest: string;
                        sets: {
                            classification: number;
                            digest: string;
                            findings: components["schemas"]["ClassifiedFinding"][];
                            id: string;
                            layers: string[];
                            loginServer: string;
                            registryId: string;
                            repository: string;
                            set: {
                                count: number;
                                sum: string;
                            };
                            subscriptionId: string;
                            verdict: number;
                        }[];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Gate.statement": {
        parameters: {
            query?: {
                /** @description The worst severity that is allowed; `none` allows no finding. */
                maxSeverity?: "none" | "low" | "medium" | "high" | "critical";
                /** @description Whether only findings with a published fix count. */
                onlyFixable?: boolean;
                /** @description Only the images of an index that a runtime may choose for this platform: `linux/arm64` or `linux/arm/v7`. */
                platform?: string;
                /** @description Only images in this repository. */
                repository?: string;
                /** @description Only images in this subscription. */
                subscription?: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description `wait=N` (RFC 7240): delays the answer until it is final, for N seconds at most and never for more than 50. */
                Prefer?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of an image or an index. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The statement. */
            200: {
                headers: {
                    /** @description The delay that was applied. */
                    "Preference-Applied"?: string;
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatementBundle"];
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description No such image is known. */
            404: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description This installation has no key for statements. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Images.timeline": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of an image or an index. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        digest: string;
                        events: components["schemas"]["TimelineEvent"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Why.get": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of an image or an index. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The steps at each place. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        digest: string;
                        parked?: components["schemas"]["ParkedEvent"][] | components["schemas"]["ParkedHint"][];
                        places: components["schemas"]["WhyPlace"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Seals.keys": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys, the one that signs now first. None if nothing is signed. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        value: components["schemas"]["PublishedKey"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Knowledge.get": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The last database. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        knowledge?: components["schemas"]["Knowledge"];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Me.me": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The caller. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Parked.list": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of parked events. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uri
                         * @description The next page; absent on the last page.
                         */
                        nextLink?: string;
                        value: components["schemas"]["ParkedEvent"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Parked.get": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The service that could not handle it. */
                app: "ingestion" | "eligibility" | "sandbox-runner" | "classifier" | "recommendation" | "billing" | "view";
                /** @description Its offset in the partition. */
                offset: number;
                /** @description The partition. */
                partition: number;
                /** @description The topic of the event. */
                topic: "notification.received" | "image.pushed" | "image.deleted" | "tag.moved" | "image.tagged" | "image.running" | "scan.approved" | "scan.declined" | "scan.started" | "scan.completed" | "scan.reassessed" | "finding.classified" | "recommendation.changed" | "usage.charged" | "registry.observed" | "subscription.observed" | "log.sealed" | "plan.changed" | "rule.changed" | "assessment.written" | "advisories.updated" | "advisories.offered" | "advisories.weighed" | "vulnerability.described" | "charge.corrected" | "period.changed" | "owners.changed" | "export.recorded" | "cluster.reported" | "operator.acted";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ParkedRecord"];
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Parked.drop": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The service that could not handle it. */
                app: "ingestion" | "eligibility" | "sandbox-runner" | "classifier" | "recommendation" | "billing" | "view";
                /** @description Its offset in the partition. */
                offset: number;
                /** @description The partition. */
                partition: number;
                /** @description The topic of the event. */
                topic: "notification.received" | "image.pushed" | "image.deleted" | "tag.moved" | "image.tagged" | "image.running" | "scan.approved" | "scan.declined" | "scan.started" | "scan.completed" | "scan.reassessed" | "finding.classified" | "recommendation.changed" | "usage.charged" | "registry.observed" | "subscription.observed" | "log.sealed" | "plan.changed" | "rule.changed" | "assessment.written" | "advisories.updated" | "advisories.offered" | "advisories.weighed" | "vulnerability.described" | "charge.corrected" | "period.changed" | "owners.changed" | "export.recorded" | "cluster.reported" | "operator.acted";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderBody"];
            };
        };
        responses: {
            /** @description The result of the order. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderOutcome"];
                };
            };
            /** @description The order is recorded; its result is not known yet. */
            202: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderOutcome"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            408: components["responses"]["408"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Parked.redrive": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The service that could not handle it. */
                app: "ingestion" | "eligibility" | "sandbox-runner" | "classifier" | "recommendation" | "billing" | "view";
                /** @description Its offset in the partition. */
                offset: number;
                /** @description The partition. */
                partition: number;
                /** @description The topic of the event. */
                topic: "notification.received" | "image.pushed" | "image.deleted" | "tag.moved" | "image.tagged" | "image.running" | "scan.approved" | "scan.declined" | "scan.started" | "scan.completed" | "scan.reassessed" | "finding.classified" | "recommendation.changed" | "usage.charged" | "registry.observed" | "subscription.observed" | "log.sealed" | "plan.changed" | "rule.changed" | "assessment.written" | "advisories.updated" | "advisories.offered" | "advisories.weighed" | "vulnerability.described" | "charge.corrected" | "period.changed" | "owners.changed" | "export.recorded" | "cluster.reported" | "operator.acted";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderBody"];
            };
        };
        responses: {
            /** @description The result of the order. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderOutcome"];
                };
            };
            /** @description The order is recorded; its result is not known yet. */
            202: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderOutcome"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            408: components["responses"]["408"];
            /** @description The event waits for another: redrive or drop that one. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Periods.list": {
        parameters: {
            query?: {
                /** @description Adds the sums of this subscription, from the lines of each file. */
                subscription?: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All closed months. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        value: components["schemas"]["BillingPeriod"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description With `subscription`: the file of a closed month is gone, or differs from the kept one. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Periods.close": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description A past calendar month in UTC. */
                period: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CloseBody"];
            };
        };
        responses: {
            /** @description The month is closed. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingPeriod"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            408: components["responses"]["408"];
            /** @description The month is not over, or its sum is not the `total` of the request. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Plans.list": {
        parameters: {
            query?: {
                /** @description Whose plans. */
                subscription?: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All plans. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        value: components["schemas"]["Plan"][];
                    };
                };
            };
            304: components["responses"]["304"];
            /** @description The subscription id is malformed. */
            400: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description The caller has no right to the subscription. */
            404: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Plans.change": {
        parameters: {
            query: {
                /** @description Whose plans. */
                subscription: string;
            };
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The plan. */
                name: "ContainerRegistry" | "Containers";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanBody"] & ({
                    /** @enum {string} */
                    tier: "Standard" | "Free";
                } | {
                    /** @enum {string} */
                    mode: "classic" | "extended" | "plan";
                });
            };
        };
        responses: {
            /** @description The plan. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            408: components["responses"]["408"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "QueryLanguage.language": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The words, in the order of the documentation of each. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueryLanguage"];
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Images.registries": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All registries. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        value: components["schemas"]["Registry"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Rules.list": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of rules. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uri
                         * @description The next page; absent on the last page.
                         */
                        nextLink?: string;
                        value: components["schemas"]["Rule"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Rules.get": {
        parameters: {
            query: {
                /** @description The id of a subscription, a resource group or a registry. */
                scope: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description Its name in the scope. */
                rule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rule. */
            200: {
                headers: {
                    /** @description The state of the resource. */
                    ETag: string;
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rule"];
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Rules.put": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the resource must have; `*`: it must exist. */
                "If-Match"?: string;
                /** @description `*`: it must not exist. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description Its name in the scope. */
                rule: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleBody"] & {
                    criteria?: unknown;
                    scope?: string;
                };
            };
        };
        responses: {
            /** @description The rule, as it applies. */
            200: {
                headers: {
                    /** @description The state of the resource. */
                    ETag: string;
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rule"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            408: components["responses"]["408"];
            /** @description The resource does not meet the condition of the request. */
            412: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Rules.remove": {
        parameters: {
            query: {
                /** @description The reason, for the audit trail. */
                reason: string;
                /** @description The id of a subscription, a resource group or a registry. */
                scope: string;
            };
            header?: {
                /** @description The `ETag` of the state that the resource must have; `*`: it must exist. */
                "If-Match"?: string;
                /** @description `*`: it must not exist. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description Its name in the scope. */
                rule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rule is removed. */
            204: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-deletes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description The resource does not meet the condition of the request. */
            412: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "RulePreview.preview": {
        parameters: {
            query?: {
                /** @description The worst severity that the gate allows; `none` allows no finding. */
                maxSeverity?: "none" | "low" | "medium" | "high" | "critical";
            };
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description Its name in the scope. */
                rule: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RulePreviewBody"] & {
                    criteria?: unknown;
                    scope?: string;
                };
            };
        };
        responses: {
            /** @description The effect. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RulePreview"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            408: components["responses"]["408"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Services.runners": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All runners that are named. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        value: components["schemas"]["Runner"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Running.report": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    cluster: string;
                    images: {
                        digest: string;
                        namespace?: string;
                    }[];
                };
            };
        };
        responses: {
            /** @description The report is in the log. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportCounts"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            408: components["responses"]["408"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Scanners.list": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All builds. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        value: components["schemas"]["ScannerBuild"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Scanners.recall": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The digest of the program. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderBody"];
            };
        };
        responses: {
            /** @description The build. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScannerBuild"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            408: components["responses"]["408"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Seals.standing": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `reading`: the log is still being read, so repeat the request. `off`: no key is set. `failing`: the log is not sealed any more. `notes` has what keeps the log from being sealed, and forks of outside places. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SealsStanding"];
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Search.search": {
        parameters: {
            query: {
                /** @description The text; case does not count. */
                q: string;
                /** @description Only this registry: its id, login server or name. */
                registry?: string;
                /** @description Only this repository; `*` stands for any text. */
                repository?: string;
                /** @description Only images in this subscription. */
                subscription?: string;
                /** @description Number of entries in a page: 5 without it, at most 100. */
                top?: number;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The first hits of each kind. `packages` are those with findings, also with findings that rules disable, by their name or that of their source: a package without a known vulnerability is not among them. `vulnerabilities` also are those of such packages. `images` have the text in their login server, repository, digest or a tag. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        images: {
                            /** @description Hits of this kind, those included that are not shown. */
                            total: number;
                            value: components["schemas"]["FoundImage"][];
                        };
                        packages: {
                            /** @description Images with a finding in one of all these packages. */
                            images: number;
                            /** @description Hits of this kind, those included that are not shown. */
                            total: number;
                            value: components["schemas"]["FoundPackage"][];
                        };
                        registries: {
                            /** @description Hits of this kind, those included that are not shown. */
                            total: number;
                            value: components["schemas"]["FoundRegistry"][];
                        };
                        /** @description Images of these places without a final result. Their last known findings are counted, and there may be others. */
                        unknownImages: number;
                        /** @description Images of these places that lost their tags and do not run. Their findings are left out. */
                        untaggedImages: number;
                        vulnerabilities: {
                            /** @description Hits of this kind, those included that are not shown. */
                            total: number;
                            value: components["schemas"]["Vulnerability"][];
                        };
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Services.list": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All services. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        value: components["schemas"]["ServiceStanding"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Exports.exported": {
        parameters: {
            query?: {
                /** @description Only images in this subscription. */
                subscription?: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The export. One is made at a time: that of another caller waits, for a minute at most, and then this one breaks off. A second one of the same caller is refused with 429 and `Retry-After`. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["ExportHead"] | components["schemas"]["ExportedImage"] | components["schemas"]["ExportedPage"] | components["schemas"]["ExportEnd"];
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Sweeps.list": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All sweeps. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        value: components["schemas"]["SweepStanding"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Sweeps.confirm": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The login server or `untagged-N`, as in the list. */
                registry: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    why: string;
                };
            };
        };
        responses: {
            /** @description The order is recorded. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepStanding"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            408: components["responses"]["408"];
            /** @description No sweep of this registry is held. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Sweeps.removed": {
        parameters: {
            query?: never;
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description The login server, as it was in ASSAY_REGISTRIES. */
                registry: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    images: "keep" | "close";
                    why: string;
                };
            };
        };
        responses: {
            /** @description It is recorded. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-writes"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        value: components["schemas"]["RegistryObserved"][];
                    };
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            408: components["responses"]["408"];
            /** @description The registry is watched, or its images that are to be kept are closed already. */
            409: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Tags.list": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
                /** @description As it was known at this time, or at the end of this day (UTC). */
                at?: string;
                /** @description Only this registry: its id, login server or name. */
                registry?: string;
                /** @description Only this repository; `*` stands for any text. */
                repository?: string;
                /** @description Only images in this subscription. */
                subscription?: string;
                /** @description Only this tag. */
                tag?: string;
                /** @description Number of entries in a page: 100 without it, at most 1000. */
                top?: number;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of tags, by repository and tag. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uri
                         * @description The next page; absent on the last page.
                         */
                        nextLink?: string;
                        /** @description Rows of all pages. */
                        total: number;
                        value: components["schemas"]["Tag"][];
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Trends.trends": {
        parameters: {
            query?: {
                /** @description First day, UTC; 30 days until `to` without it, at most 366. */
                from?: string;
                /** @description Only images in this subscription. */
                subscription?: string;
                /** @description Last day, UTC; today without it. */
                to?: string;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Each day of UTC, the oldest first. `days` counts images at the end of the day, or now, by the status that was published: unhealthy ones by their worst finding that counts. An index has no status of its own, and a deleted image counts nowhere. `charges` are the sums of the day by currency, by the day that they are for; absent if the caller may read none. `ages` counts the findings that count now, by the time since they were first seen in their image. Both leave out `untaggedImages`, `days` from the day on which they lost their tags. `results` has the days with pushes, as `/assay/coverage` has them. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ages: components["schemas"]["TrendAges"][];
                        days: components["schemas"]["TrendDay"][];
                        results: components["schemas"]["TrendResults"][];
                        /** @description Images of these places that lost their tags and do not run. Their findings are left out. */
                        untaggedImages: number;
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Vulnerabilities.list": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
                /** @description Only findings with a fix (`true`), or without (`false`). */
                fixable?: boolean;
                /** @description `csv`: all rows as CSV, as for `Accept: text/csv`. */
                format?: "csv" | "json";
                /** @description Only rows with this text in the id, an alias, the title, a package or its source; case does not count. */
                q?: string;
                /** @description Only this registry: its id, login server or name. */
                registry?: string;
                /** @description Only this repository; `*` stands for any text. */
                repository?: string;
                /** @description Only findings of at least this severity. */
                severity?: "critical" | "high" | "medium" | "low" | "unknown";
                /** @description The column to sort by, with `-` in front from the highest to the lowest. */
                sort?: "severity" | "-severity" | "images" | "-images" | "findings" | "-findings" | "since" | "-since" | "id" | "-id";
                /** @description Only findings that count (`active`, also without it), or that a rule disables (`exempt`), or `all`. */
                state?: "active" | "exempt" | "all";
                /** @description Only images in this subscription. */
                subscription?: string;
                /** @description Number of entries in a page: 100 without it, at most 1000. */
                top?: number;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of vulnerabilities. */
            200: {
                headers: {
                    /** @description `Accept`, and `accept-encoding` */
                    Vary: string;
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uri
                         * @description The next page; absent on the last page.
                         */
                        nextLink?: string;
                        /** @description Rows of all pages. */
                        total: number;
                        /** @description Images of these places without a final result. Their last known findings are counted, and there may be others. */
                        unknownImages: number;
                        /** @description Images of these places that lost their tags and do not run. Their findings are left out. */
                        untaggedImages: number;
                        value: components["schemas"]["Vulnerability"][];
                    };
                    "text/csv": string;
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "Vulnerabilities.get": {
        parameters: {
            query?: {
                /** @description The position to continue at, from a `nextLink`. */
                $skipToken?: string;
                /** @description Only findings with a fix (`true`), or without (`false`). */
                fixable?: boolean;
                /** @description Only this registry: its id, login server or name. */
                registry?: string;
                /** @description Only this repository; `*` stands for any text. */
                repository?: string;
                /** @description Only findings of at least this severity. */
                severity?: "critical" | "high" | "medium" | "low" | "unknown";
                /** @description Only findings that count (`active`, also without it), or that a rule disables (`exempt`), or `all`. */
                state?: "active" | "exempt" | "all";
                /** @description Only images in this subscription. */
                subscription?: string;
                /** @description Number of entries in a page: 100 without it, at most 1000. */
                top?: number;
            };
            header?: {
                /** @description The `ETag` of the state that the client has. */
                "If-None-Match"?: string;
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path: {
                /** @description Its id or an alias; case does not count. A slash in it is written `%252F`. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The vulnerability. Of the places that are asked about, `imageCount` counts the images with an active finding of it, `fixable` those in which a version fixes one, and `exempt` those of which rules disable all. `total` is the number of findings with the filter. Until its description is known, the texts are absent. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    /** @description How many requests are left to the caller. */
                    "x-ms-ratelimit-remaining-tenant-reads"?: string;
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        aliases: string[];
                        cwes: string[];
                        description?: string;
                        exempt: number;
                        fixable: number;
                        id: string;
                        imageCount: number;
                        images: components["schemas"]["FoundAt"][];
                        /** Format: date-time */
                        modifiedAt?: string;
                        /**
                         * Format: uri
                         * @description The next page of images; absent on the last page.
                         */
                        nextLink?: string;
                        /** Format: date-time */
                        publishedAt?: string;
                        ratings: components["schemas"]["Rating"][];
                        references: string[];
                        /** @enum {string} */
                        severity: "Critical" | "High" | "Medium" | "Low" | "Unknown";
                        /** Format: date-time */
                        since: string;
                        title?: string;
                        total: number;
                    };
                };
            };
            304: components["responses"]["304"];
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    "ResourceGraph.resources": {
        parameters: {
            query: {
                /** @description Every version has the same shapes; one later than the newest is taken as it. */
                "api-version": "2018-09-01-preview" | "2019-04-01" | "2020-04-01-preview" | "2020-09-01-preview" | "2021-03-01" | "2021-06-01-preview" | "2022-10-01" | "2024-04-01";
            };
            header?: {
                /** @description The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`). */
                "x-assay-position"?: components["parameters"]["x-assay-position"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GraphQuery"];
            };
        };
        responses: {
            /** @description The rows, or a page of them. */
            200: {
                headers: {
                    "x-assay-as-of": components["headers"]["x-assay-as-of"];
                    "x-assay-position": components["headers"]["x-assay-position"];
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    /** @description The number of queries that the caller may still send. */
                    "x-ms-user-quota-remaining": string;
                    /** @description The time until the caller may send all of them again, as hh:mm:ss. */
                    "x-ms-user-quota-resets-after": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphAnswer"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            408: components["responses"]["408"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            /** @description The caller has sent too many queries. */
            429: {
                headers: {
                    /** @description Seconds. */
                    "Retry-After": string;
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            500: components["responses"]["500"];
            503: components["responses"]["503"];
            /** @description The query ran past its time limit. */
            504: {
                headers: {
                    "x-ms-client-request-id": components["headers"]["x-ms-client-request-id"];
                    "x-ms-correlation-request-id": components["headers"]["x-ms-correlation-request-id"];
                    "x-ms-request-id": components["headers"]["x-ms-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
}
