/** The values of a layer for one image: channels × height × width, rounded to float32. */
export class Maps {
  constructor(channels, height, width, data = new Float32Array(channels * height * width)) {
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.data = data;
  }

  index(channel, y, x) {
    return (channel * this.height + y) * this.width + x;
  }

  at(channel, y, x) {
    return this.data[this.index(channel, y, x)];
  }

  /** The same values gone through `change` one by one. */
  map(change) {
    return new Maps(this.channels, this.height, this.width, this.data.map(change));
  }

  /** The whole of it, as a region. */
  get all() {
    const channels = Array.from({ length: this.channels }, (_, channel) => channel);
    return { channels, top: 0, left: 0, height: this.height, width: this.width };
  }
}
