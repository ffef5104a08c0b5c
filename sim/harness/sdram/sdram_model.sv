// An SDRAM and the registers of the pads before it. What a data sheet forbids ends the simulation.
`timescale 1ns / 1ns

module sdram_model #(
    parameter int BANK_BITS = 2,
    parameter int ADDRESS_BITS = 13,
    parameter int DATA_BITS = 16,
    parameter int DELAY = 2,  // cycles that pads add between a command and its data
    // The members of sdram::Part, in their order.
    parameter longint BANKS = 0, ROWS = 0, COLUMNS = 0, WIDTH = 0, CLOCK = 0,
    parameter longint RCD = 0, RP = 0, RAS = 0, RAS_MAX = 0, RC = 0, RRD = 0, RFC = 0, WR = 0,
    parameter longint MRD = 0, REFI = 0, STARTUP = 0, STARTUP_REFRESHES = 0, CL2 = 0, CL3 = 0
) (
    input bit clk,
    input bit rst,  // the power is off: contents are lost, the startup begins anew
    input bit cke, cs, ras, cas, we,
    input bit [BANK_BITS-1:0] ba,
    input bit [ADDRESS_BITS-1:0] a,
    input bit [DATA_BITS/8-1:0] dqm,
    input bit [DATA_BITS-1:0] dq_o,  // of the controller
    input bit dq_oe,
    output bit [DATA_BITS-1:0] dq_i
);
  import "DPI-C" function chandle sdram_new(input longint values[19]);
  import "DPI-C" function void sdram_delete(input chandle model);
  import "DPI-C" function string sdram_step(
      input chandle model, input int controls, input int bank, input int address, input int mask,
      input int data, input bit driven, output int out, output bit drives);

  chandle model;
  longint values[19];
  initial values = '{BANKS, ROWS, COLUMNS, WIDTH, CLOCK, RCD, RP, RAS, RAS_MAX, RC, RRD, RFC, WR,
                     MRD, REFI, STARTUP, STARTUP_REFRESHES, CL2, CL3};

  // Commands and words to be written are late by the same number of cycles, so all of the delay
  // may be put into the words that are read.
  bit [DATA_BITS-1:0] late[DELAY+1];
  assign dq_i = late[DELAY];

  always @(posedge clk) begin : step
    automatic string violation;
    automatic int data;
    automatic bit drives;
    if (rst) begin
      if (model != null) sdram_delete(model);
      model = null;
    end else begin
      if (model == null) model = sdram_new(values);
      violation = sdram_step(model, {27'b0, cke, cs, we, cas, ras}, 32'(ba), 32'(a), 32'(dqm),
                             32'(dq_o), dq_oe, data, drives);
      if (violation != "") $fatal(1, "%s", violation);
      late[0] <= data[DATA_BITS-1:0];
      for (int k = 1; k <= DELAY; ++k) late[k] <= late[k-1];
    end
  end
endmodule
