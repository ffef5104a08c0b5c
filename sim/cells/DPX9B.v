// Block RAM of Gowin with bytes of 9 bits, two ports.
// No output registers, contents zero at the beginning.
module DPX9B #(
    parameter READ_MODE0 = 1'b0, READ_MODE1 = 1'b0,
    parameter WRITE_MODE0 = 2'b00, WRITE_MODE1 = 2'b00,
    parameter integer BIT_WIDTH_0 = 18,
    parameter integer BIT_WIDTH_1 = 18,
    parameter BLK_SEL_0 = 3'b000, BLK_SEL_1 = 3'b000,
    parameter RESET_MODE = "SYNC"
) (
    input CLKA, CEA, WREA, RESETA, OCEA, CLKB, CEB, WREB, RESETB, OCEB,
    input [2:0] BLKSELA, BLKSELB,
    input [13:0] ADA, ADB,
    input [17:0] DIA, DIB,
    output [17:0] DOA, DOB
);
  wire [35:0] out_a, out_b;
  assign DOA = out_a[17:0];
  assign DOB = out_b[17:0];

  block_ram #(
      .BYTE(9), .WIDTH_A(BIT_WIDTH_0), .WIDTH_B(BIT_WIDTH_1),
      .MODE_A(WRITE_MODE0), .MODE_B(WRITE_MODE1)
  ) ram (
      .clk_a(CLKA), .ce_a(CEA), .we_a(WREA), .rst_a(RESETA), .bytes_a(ADA[3:0]), .addr_a(ADA),
      .in_a(DIA), .out_a(out_a),
      .clk_b(CLKB), .ce_b(CEB), .we_b(WREB), .rst_b(RESETB), .bytes_b(ADB[3:0]), .addr_b(ADB),
      .in_b(DIB), .out_b(out_b));

  initial
    if (READ_MODE0 != 0 || READ_MODE1 != 0 || BLK_SEL_0 != 0 || BLK_SEL_1 != 0) begin
      $display("DPX9B: these parameters are not modelled");
      $stop;
    end
  // Yosys leaves the kind of a reset that it does not use to chance.
  always @* if (RESET_MODE != "SYNC" && (RESETA || RESETB)) $stop;
endmodule
