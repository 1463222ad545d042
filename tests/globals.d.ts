// What browsers have and the checker's own library does not know yet.

/** Shape Detection: on Android; elsewhere zxing reads. */
declare class BarcodeDetector {
  constructor(options?: { formats: string[] });
  static getSupportedFormats(): Promise<string[]>;
  detect(source: ImageBitmapSource): Promise<{ rawValue: string; format: string }[]>;
}
