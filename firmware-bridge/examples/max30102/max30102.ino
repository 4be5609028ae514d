// MAX30102 pulse oximeter to a biox-edge gateway: red and infrared, 100 Hz, four samples a frame.
// Not tested on hardware, nor built with the Arduino tools. It follows the MAX30102 data sheet (Maxim 19-7740).
#include <Wire.h>
#include <biox.h>

static const uint8_t SENSOR = 0x57;
static const uint8_t FIFO_WRITE = 0x04, FIFO_LOST = 0x05, FIFO_READ = 0x06, FIFO_DATA = 0x07;
static const uint8_t FIFO_SETUP = 0x08, MODE = 0x09, SPO2_SETUP = 0x0A, RED_CURRENT = 0x0C, IR_CURRENT = 0x0D;
static const uint8_t PART_ID = 0xFF;
static const uint8_t MODE_SPO2 = 0x03, MODE_RESET = 0x40, MODE_SLEEP = 0x80;
static const uint8_t FIFO_DEPTH = 32;
static const uint32_t SAMPLE_US = 10000;
static const uint32_t HELLO_MS = 5000;

static const biox_channel CHANNELS[] = {{"red", "adc", 1.0, 0.0}, {"ir", "adc", 1.0, 0.0}};

static uint8_t payload[4 * 2 * 3]; // four samples, two channels, 24 bits
static biox_stream stream = {1, 2, 4, BIOX_I24, payload, 0, BIOX_FLAG_RESTARTED, 0, 0};
static uint8_t message[300];                 // the longest one is the hello
static uint8_t wire[BIOX_ENCODED_MAX(300)];
static uint8_t heard[64];
static biox_receiver receiver;
static uint32_t messages = 0, last_hello_ms = 0;
static bool running = true;

static void setRegister(uint8_t address, uint8_t value) {
  Wire.beginTransmission(SENSOR);
  Wire.write(address);
  Wire.write(value);
  Wire.endTransmission();
}

static uint8_t getRegister(uint8_t address) {
  Wire.beginTransmission(SENSOR);
  Wire.write(address);
  Wire.endTransmission(false);
  Wire.requestFrom(SENSOR, (uint8_t)1);
  return (uint8_t)Wire.read();
}

static void startSensor() {
  setRegister(MODE, MODE_RESET);
  delay(10);
  setRegister(FIFO_SETUP, 0x00);    // no averaging; when full, new samples are counted as lost
  setRegister(SPO2_SETUP, 0x27);    // 4096 nA full scale, 100 samples a second, 411 us pulses: 18 bits
  setRegister(RED_CURRENT, 0x24);   // 7.2 mA
  setRegister(IR_CURRENT, 0x24);
  setRegister(FIFO_WRITE, 0);
  setRegister(FIFO_LOST, 0);
  setRegister(FIFO_READ, 0);
  setRegister(MODE, MODE_SPO2);
}

static void sendMessage(biox_kind kind, size_t length) {
  biox_frame frame = {(uint8_t)kind, 0, 0, 0, messages++, (uint32_t)micros(), message, length};
  size_t encoded;
  if (length > 0 && biox_frame_encode(&frame, wire, sizeof wire, &encoded) == BIOX_OK) Serial.write(wire, encoded);
}

static void sendHello() {
  const biox_stream_hello streams[] = {{"ppg", CHANNELS, 100.0, &stream}};
  const biox_hello hello = {"max30102", "1.0", 1.0, streams, 1};
  sendMessage(BIOX_HELLO, biox_hello_pack(&hello, message, sizeof message));
  last_hello_ms = millis();
}

static void sendSamples() {
  size_t encoded;
  if (biox_stream_take(&stream, wire, sizeof wire, &encoded) == BIOX_OK) Serial.write(wire, encoded);
}

static int32_t readValue() {
  uint32_t value = (uint32_t)Wire.read() << 16;
  value |= (uint32_t)Wire.read() << 8;
  value |= (uint32_t)Wire.read();
  return (int32_t)(value & 0x3FFFF); // 18 bits
}

static void readSensor() {
  uint8_t lost = getRegister(FIFO_LOST);
  uint8_t waiting = (uint8_t)(getRegister(FIFO_WRITE) - getRegister(FIFO_READ)) % FIFO_DEPTH;
  if (lost > 0) waiting = FIFO_DEPTH; // equal pointers mean empty, or full when samples were lost
  uint32_t now = micros();            // the newest sample is at most one period older than this
  for (uint8_t i = 0; i < waiting; i++) {
    Wire.beginTransmission(SENSOR);
    Wire.write(FIFO_DATA);
    Wire.endTransmission(false);
    Wire.requestFrom(SENSOR, (uint8_t)6);
    int32_t red = readValue();
    int32_t sample[2] = {red, readValue()};
    uint32_t age = (uint32_t)(waiting - 1 - i + lost) * SAMPLE_US;
    if (sample[0] == 0x3FFFF || sample[1] == 0x3FFFF) stream.flags |= BIOX_FLAG_CLIPPED; // end of the converter
    if (biox_stream_add(&stream, sample, now - age)) sendSamples();
  }
  if (lost > 0) {
    sendSamples();
    biox_stream_skip(&stream, lost);
  }
}

static void obey(const biox_frame *frame) {
  biox_command command = biox_command_read(frame);
  const char *name = command == BIOX_DO_HELLO ? "hello" : command == BIOX_DO_START ? "start" : command == BIOX_DO_STOP ? "stop" : "unknown";
  if (command == BIOX_DO_HELLO) sendHello();
  if (command == BIOX_DO_START && !running) {
    startSensor();
    running = true;
  }
  if (command == BIOX_DO_STOP && running) {
    setRegister(MODE, MODE_SLEEP | MODE_SPO2);
    sendSamples();
    running = false;
  }
  sendMessage(BIOX_REPLY, biox_reply_pack(name, command != BIOX_DO_UNKNOWN, frame->index, message, sizeof message));
}

void setup() {
  Serial.begin(115200);
  Wire.begin();
  Wire.setClock(400000);
  biox_receiver_start(&receiver, heard, sizeof heard);
  Serial.write((uint8_t)0); // ends a boot banner, so that it spoils no frame
  while (getRegister(PART_ID) != 0x15) delay(500); // no sensor: nothing is invented
  startSensor();
  sendHello();
}

void loop() {
  biox_frame frame;
  while (Serial.available() > 0)
    if (biox_receiver_push(&receiver, (uint8_t)Serial.read(), &frame) == BIOX_OK) obey(&frame);
  if (running) readSensor();
  if (millis() - last_hello_ms >= HELLO_MS) sendHello();
}
