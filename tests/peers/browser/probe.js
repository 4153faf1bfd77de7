// Put into every page under test: listens to and looks at MediaStreams.
globalThis.probe = {
	/** Loudest frequency in Hz over `ms` milliseconds, and its level in dB. */
	async tone(stream, ms = 1500) {
		const context = new AudioContext({ sampleRate: 48000 });
		await context.resume();
		const element = new Audio(); // a remote track flows only while an element plays it, muted or not
		element.srcObject = stream;
		element.muted = true;
		element.play().catch(() => {});
		const analyser = new AnalyserNode(context, { fftSize: 16384, smoothingTimeConstant: 0 });
		context.createMediaStreamSource(stream).connect(analyser);
		const bins = new Float32Array(analyser.frequencyBinCount);
		const best = { hz: 0, db: -1000 };
		for (const until = performance.now() + ms; performance.now() < until;) {
			await new Promise(resolve => setTimeout(resolve, 50));
			analyser.getFloatFrequencyData(bins);
			for (let bin = 10; bin < bins.length; bin++) {
				if (bins[bin] > best.db) Object.assign(best, { db: bins[bin], hz: Math.round((bin * 48000) / 16384) });
			}
		}
		await context.close();
		return best;
	},

	/** Frames shown in `ms` milliseconds, how many of them differ, and the picture's size. */
	async frames(stream, ms = 1500) {
		const video = document.createElement('video');
		Object.assign(video, { muted: true, playsInline: true, srcObject: stream });
		await video.play();
		const canvas = new OffscreenCanvas(32, 24).getContext('2d', { willReadFrequently: true });
		const seen = new Set();
		let frames = 0;
		for (const until = performance.now() + ms; performance.now() < until; frames++) {
			await new Promise(resolve => {
				video.requestVideoFrameCallback(resolve);
				setTimeout(resolve, 200);
			});
			canvas.drawImage(video, 0, 0, 32, 24);
			seen.add(canvas.getImageData(0, 0, 32, 24).data.reduce((hash, byte) => (hash * 31 + byte) | 0, 0));
		}
		return { frames, distinct: seen.size, width: video.videoWidth, height: video.videoHeight };
	},
};
