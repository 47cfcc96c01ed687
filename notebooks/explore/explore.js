// Starts every page of sliders that has not been started yet.
for (const root of document.querySelectorAll(".v1lab-explore:not([data-live])")) {
	const source = root.querySelector('script[type="application/json"]');
	const config = document.getElementById("jupyter-config-data");
	if (!source || !config) continue; // not in JupyterLab: the picture stays
	root.dataset.live = "";
	const { ticket, height, width, sliders, neurons, images } = JSON.parse(source.textContent);
	const { baseUrl = "/", token = "" } = JSON.parse(config.textContent);
	const find = (selector) => root.querySelector(selector);
	const says = (text) => { find(".says").textContent = text; };
	const short = (v) => Number(v.toPrecision(3)).toString().replace("-", "\u2212");

	// What is to be asked next: the newest of each kind, so that answers follow a slider however fast it moves.
	const wanted = { gabor: null, image: null, field: null };
	let asking = false, chosen = 0, top = 0, bottom = 0, shown = null;

	const ask = async (question) => {
		const xsrf = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie);
		const headers = { "Content-Type": "application/json" };
		if (token) headers.Authorization = "token " + token;
		if (xsrf) headers["X-XSRFToken"] = decodeURIComponent(xsrf[1]);
		const reply = await fetch(baseUrl + "v1lab/ask", { method: "POST", headers, credentials: "same-origin", body: JSON.stringify({ ticket, question }) });
		if (reply.ok) return reply.json();
		if (reply.status === 404) throw new Error("This Jupyter cannot ask the engine: sliders need the JupyterLab of v1lab lab.");
		let text = "";
		try { text = (await reply.json()).message; } catch { /* no JSON */ }
		throw new Error(text || `The server answers ${reply.status}.`);
	};

	const setting = () => Object.fromEntries(sliders.map((s) => [s.name, s.values[s.at]]));
	const png = (frame, picture) => { frame.querySelector("img").src = "data:image/png;base64," + picture.png; };
	const mark = (frame, row, column) => {
		const dot = frame.querySelector("i");
		dot.style.left = `${(column + 0.5) / width * 100}%`;
		dot.style.top = `${(row + 0.5) / height * 100}%`;
	};

	const bars = [];
	const showRates = (rates) => {
		for (const v of [...rates, ...neurons.map((n) => n.grey)]) {
			top = Math.max(top, v);
			bottom = Math.min(bottom, v);
		}
		const at = (v) => (v - bottom) / (top - bottom || 1) * 100;
		rates.forEach((rate, i) => {
			const { bar, line, text } = bars[i];
			bar.style.left = `${at(Math.min(rate, 0))}%`;
			bar.style.width = `${at(Math.max(rate, 0)) - at(Math.min(rate, 0))}%`;
			line.style.left = `calc(${at(neurons[i].grey)}% - 1px)`;
			text.textContent = short(rate);
		});
		root.dataset.rates = JSON.stringify(rates);
	};

	const showFields = (fields, of) => {
		const places = root.querySelectorAll("figure.field");
		fields.forEach((field, i) => {
			const figure = places[i], frame = figure.querySelector(".frame");
			figure.hidden = i > 0 && field.neuron === fields[0].neuron;
			frame.hidden = field.dead;
			const caption = figure.querySelector("figcaption");
			const where = of.gabor ? "at the Gabor" : `at image ${of.number}`;
			caption.textContent = `Receptive field of neuron ${field.neuron}, ` + (i ? `which looks nearest to the click, ${where}` : where);
			const more = document.createElement("span");
			more.textContent = field.dead ? "dead: nothing excites it" : `red excites, blue suppresses, up to ${short(field.limit)} per SD of a pixel; ring: where it looks`;
			caption.append(document.createElement("br"), more);
			if (field.dead) return;
			png(frame, field);
			mark(frame, field.row, field.column);
		});
		shown = of;
		root.dataset.field = JSON.stringify(fields.map((f) => f.neuron));
	};

	const jobs = {
		gabor: async ({ since }) => {
			const { gabor } = await ask({ gabor: { gabor: setting(), neurons: neurons.map((n) => n.number) } });
			png(find(".gabor .frame"), gabor);
			find(".gabor figcaption span").textContent = `black \u2212${gabor.limit}, white ${gabor.limit} SD of the images; click: receptive fields here`;
			showRates(gabor.rates);
			const took = performance.now() - since;
			root.dataset.took = took.toFixed(1);
			says(`Answered in ${Math.max(1, Math.round(took))} ms.`);
		},
		image: async ({ number }) => {
			const { image } = await ask({ image: { number } });
			png(find(".recorded .frame"), image);
			find(".recorded figcaption span").textContent = `number ${number} of the validation part, black \u2212${image.limit}, white ${image.limit} SD; click: receptive fields here`;
			root.dataset.image = number;
		},
		field: async (of) => {
			const { field } = await ask({ field: of });
			showFields(field, of);
		},
	};

	const work = async () => {
		if (asking) return;
		asking = true;
		const slow = setInterval(() => says("The engine computes for a cell, and answers afterwards."), 2000);
		try {
			for (let kind; (kind = Object.keys(jobs).find((k) => wanted[k])); ) {
				const job = wanted[kind];
				wanted[kind] = null;
				await jobs[kind](job);
				find(".still")?.remove();
				find(".live").hidden = false;
			}
		} catch (error) {
			for (const kind of Object.keys(wanted)) wanted[kind] = null;
			says(error instanceof TypeError ? "The server of the notebook does not answer." : error.message);
		} finally {
			clearInterval(slow);
			asking = false;
		}
	};
	const want = (kind, job) => {
		wanted[kind] = job;
		work();
	};

	const move = () => {
		if (shown?.gabor) wanted.field = { ...shown, gabor: setting() }; // it follows, after the rates
		want("gabor", { since: performance.now() });
	};
	for (const s of sliders) {
		const label = document.createElement("label"), name = document.createElement("span"), range = document.createElement("input"), value = document.createElement("b");
		const write = () => {
			value.textContent = `${short(s.values[s.at])} ${s.unit}`.trim();
			range.setAttribute("aria-valuetext", value.textContent);
		};
		name.textContent = s.label;
		Object.assign(range, { type: "range", min: 0, max: s.values.length - 1, step: 1, value: s.at, name: s.name });
		range.dataset.lmSuppressShortcuts = "true";
		range.addEventListener("input", () => {
			s.at = Number(range.value);
			write();
			move();
		});
		write();
		label.append(name, range, value);
		find(".sliders").append(label);
	}

	neurons.forEach((n, i) => {
		const button = document.createElement("button"), name = document.createElement("span"), track = document.createElement("div"), text = document.createElement("b");
		const bar = document.createElement("i"), line = document.createElement("u");
		button.type = "button";
		button.dataset.lmSuppressShortcuts = "true";
		name.textContent = `neuron ${n.number}`;
		track.className = "bar";
		track.append(bar, line);
		button.append(name, track, text);
		button.addEventListener("click", () => {
			choose(i);
			if (shown) want("field", { ...shown, neuron: n.number });
		});
		find(".rates").append(button);
		bars.push({ button, bar, line, text });
	});
	const choose = (i) => {
		chosen = i;
		bars.forEach(({ button }, k) => button.setAttribute("aria-pressed", k === i));
	};
	choose(0);

	// A click into a picture asks for the fields at it: the chosen neuron's, and that of the one that looks there.
	const clickable = (frame, at) => {
		const look = (x, y) => want("field", { ...at(), neuron: neurons[chosen].number, x: Math.min(Math.max(x, 0), width - 1), y: Math.min(Math.max(y, 0), height - 1) });
		frame.dataset.lmSuppressShortcuts = "true";
		frame.addEventListener("click", (event) => {
			const box = frame.querySelector("img").getBoundingClientRect();
			look(Math.floor((event.clientX - box.left) / box.width * width), Math.floor((event.clientY - box.top) / box.height * height));
		});
		frame.addEventListener("keydown", (event) => {
			if (event.key !== "Enter" && event.key !== " ") return;
			event.preventDefault();
			const { x, y } = setting();
			look(x, y);
		});
	};
	let number = 0;
	clickable(find(".gabor .frame"), () => ({ gabor: setting(), number: 0 }));
	clickable(find(".recorded .frame"), () => ({ number }));
	if (images > 0) {
		const range = find(".recorded input");
		const write = () => { find(".recorded label b").textContent = number; };
		range.max = images - 1;
		range.dataset.lmSuppressShortcuts = "true";
		range.addEventListener("input", () => {
			number = Number(range.value);
			write();
			want("image", { number });
			if (shown && !shown.gabor) want("field", { ...shown, number });
		});
		write();
		find(".recorded").hidden = false;
		wanted.image = { number };
	}
	move();
}
