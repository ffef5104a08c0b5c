// Block RAM of Gowin with bytes of 8 bits, A writes and B reads.
// No output registers, contents zero at the beginning.
module SDPB #(
    parameter READ_MODE = 1'b0,
    parameter integer BIT_WIDTH_0 = 32,
    parameter integer BIT_WIDTH_1 = 32,
    parameter BLK_SEL_0 = 3'b000, BLK_SEL_1 = 3'b000,
    parameter RESET_MODE = "SYNC"
) (
    input CLKA, CEA, RESETA, CLKB, CEB, RESETB, OCE,
    input [2:0] BLKSELA, BLKSELB,
    input [13:0] ADA, ADB,
    input [31:0] DI,
    output [31:0] DO
);
  wire [35:0] out_b;
  assign DO = out_b[31:0];

  block_ram #(
      .BYTE(8), .WIDTH_A(BIT_WIDTH_0), .WIDTH_B(BIT_WIDTH_1)
  ) ram (
      .clk_a(CLKA), .ce_a(CEA), .we_a(1'b1), .rst_a(RESETA), .bytes_a(ADA[3:0]), .addr_a(ADA),
      .in_a(DI), .out_a(),
      .clk_b(CLKB), .ce_b(CEB), .we_b(1'b0), .rst_b(RESETB), .bytes_b(4'b0), .addr_b(ADB),
      .in_b(36'b0), .out_b(out_b));

  initial
    if (READ_MODE != 0 || BLK_SEL_0 != 0 || BLK_SEL_1 != 0) begin
      $display("SDPB: these parameters are not modelled");
      $stop;
    end
  // Yosys leaves the kind of a reset that it does not use to chance.
  always @* if (RESET_MODE != "SYNC" && (RESETA || RESETB)) $stop;
endmodule
