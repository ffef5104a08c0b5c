// The whole core on its bench: clock, reset, external memory, host, and consumers of results and
// records. Whatever happens each cycle stays in the simulator; Python sleeps until `events`
// changes. The other half of the bench, in C++, is bench.cpp.
`timescale 1ns / 1ns

module bench #(
    parameter int MEMORY_BITS = 32,
    parameter int REQUEST_BITS = 48,
    parameter int RESULT_BITS = 52,
    parameter int RECORD_BITS = 32,
    parameter int TAP_BITS = 2,
    parameter int TAP_VALID = 0  // index of the bit that says there is one
) (
    input bit clk,
    output int events,    // changes whenever Python should wake
    output int started,   // programs started
    output longint cycle, // since reset
    output bit finished
);
  import "DPI-C" function void bench_memory(
      input bit requested, input bit [REQUEST_BITS-1:0] request, input bit taken,
      output bit request_ready, output bit response_valid, output bit [63:0] response);
  import "DPI-C" function void bench_tap(input bit [TAP_BITS-1:0] tap);
  import "DPI-C" function bit bench_result(input bit valid, input bit [RESULT_BITS-1:0] result);
  import "DPI-C" function bit bench_record(input bit valid, input bit [RECORD_BITS-1:0] record);
  import "DPI-C" function void bench_host(
      input bit busy, input bit pending, output bit start, output int address,
      output int events, output int started, output longint cycle, output bit finished);

  bit [3:0] reset_cycles = 8;
  bit start;
  int address;
  wire busy;

  wire [REQUEST_BITS-1:0] request;
  wire request_valid, response_ready, result_valid, record_valid;
  bit request_ready, response_valid, result_ready, record_ready;
  bit [63:0] response;
  wire [RESULT_BITS-1:0] result;
  wire [RECORD_BITS-1:0] record;
  wire [TAP_BITS-1:0] tap;

  core core (
      .clk, .rst(reset_cycles != 0), .start, .\program (address), .busy,
      .request__payload(request), .request__valid(request_valid), .request__ready(request_ready),
      .response__payload(response[MEMORY_BITS-1:0]), .response__valid(response_valid),
      .response__ready(response_ready),
      .results__payload(result), .results__valid(result_valid), .results__ready(result_ready),
      .records__payload(record), .records__valid(record_valid), .records__ready(record_ready),
      .tap, .identity(), .spike_read__enable(1'b0), .spike_read__address('0), .spike_word());

  always @(posedge clk) begin : step
    automatic bit next_ready, next_valid, next_start, next_finished;
    automatic bit [63:0] next_response;
    automatic int next_address, next_events, next_started;
    automatic longint next_cycle;
    if (reset_cycles != 0) reset_cycles <= reset_cycles - 1;
    else begin
      bench_memory(request_valid && request_ready, request, response_valid && response_ready,
                   next_ready, next_valid, next_response);
      request_ready <= next_ready;
      response_valid <= next_valid;
      response <= next_response;
      if (tap[TAP_VALID]) bench_tap(tap);
      result_ready <= bench_result(result_valid && result_ready, result);
      record_ready <= bench_record(record_valid && record_ready, record);
      bench_host(busy, request_valid || result_valid || record_valid,
                 next_start, next_address, next_events, next_started, next_cycle, next_finished);
      start <= next_start;
      address <= next_address;
      events <= next_events;
      started <= next_started;
      cycle <= next_cycle;
      finished <= next_finished;
    end
  end
endmodule
