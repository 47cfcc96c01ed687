// An extension of JupyterLab that fetches what cells of a notebook have shown to pages that are gone: see v1lab_outputs.py. It is one file in the form in which
// JupyterLab loads extensions, and uses only what the application gives it.
(() => {
	const often = 500; // milliseconds between questions while such a cell runs
	const wait = (ms) => new Promise((done) => setTimeout(done, ms));

	// Writes the outputs of a cell, of which those in before have been written: what stays is not drawn anew, and a stream that goes on gets the rest of its text.
	const write = (model, outputs, before) => {
		model.trusted = true; // as of any cell that the user has run
		const list = model.outputs;
		if (list.length > outputs.length || list.length < before.length) {
			list.clear();
			before.length = 0;
		}
		outputs.forEach((output, i) => {
			const old = before[i];
			if (i >= list.length) list.add(output);
			else if (i === list.length - 1 && old?.output_type === "stream" && output.output_type === "stream" && old.name === output.name && output.text.startsWith(old.text)) {
				if (output.text.length > old.text.length) list.add({ ...output, text: output.text.slice(old.text.length) });
			} else if (JSON.stringify(old) !== JSON.stringify(output)) list.set(i, output);
			before[i] = output;
		});
	};

	const follow = async (app, panel) => {
		await panel.context.ready;
		await panel.sessionContext.ready;
		const { baseUrl, token } = app.serviceManager.serverSettings;
		const headers = token ? { Authorization: "token " + token } : {};
		const known = {}, written = {};
		for (let running = true, first = true; running && !panel.isDisposed; first = false) {
			const kernel = panel.sessionContext.session?.kernel;
			if (!kernel) return;
			if (!first) await wait(often);
			let cells;
			try {
				const reply = await fetch(`${baseUrl}v1lab/outputs/${kernel.id}?page=${encodeURIComponent(kernel.clientId)}&known=${encodeURIComponent(JSON.stringify(known))}`, { headers, credentials: "same-origin" });
				if (!reply.ok) return; // another server, or a kernel that has ended
				({ cells } = await reply.json());
			} catch {
				continue; // the server does not answer now
			}
			running = false;
			for (const { cell, version, state, count, outputs } of cells) {
				const model = panel.content.widgets.find((w) => w.model.id === cell)?.model;
				if (!model || model.type !== "code") continue;
				running ||= state !== "done";
				if (known[cell] === version) continue;
				known[cell] = version;
				write(model, outputs, (written[cell] ??= []));
				model.executionCount = state === "done" ? count : null;
				model.executionState = state === "done" ? "idle" : "running";
			}
		}
	};

	const plugin = {
		id: "v1lab-outputs:plugin",
		autoStart: true,
		activate: (app) => {
			const followed = new WeakSet();
			const look = () => {
				for (const panel of app.shell.widgets("main")) {
					if (!panel.sessionContext || !panel.context || !panel.content?.widgets || followed.has(panel)) continue; // no notebook
					followed.add(panel);
					void follow(app, panel);
				}
			};
			app.shell.layoutModified?.connect(look);
			app.restored.then(look);
		},
	};
	(window._JUPYTERLAB ??= {})["v1lab-outputs"] = { init: async () => {}, get: async () => () => ({ __esModule: true, default: plugin }) };
})();
