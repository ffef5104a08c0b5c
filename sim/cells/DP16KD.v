// Block RAM of ECP5: no output registers, contents zero at the beginning.
module DP16KD #(
    parameter integer DATA_WIDTH_A = 18,
    parameter integer DATA_WIDTH_B = 18,
    parameter REGMODE_A = "NOREG", REGMODE_B = "NOREG",
    parameter RESETMODE = "SYNC", ASYNC_RESET_RELEASE = "SYNC",
    parameter CSDECODE_A = "0b000", CSDECODE_B = "0b000",
    parameter CLKAMUX = "CLKA", CLKBMUX = "CLKB",
    parameter WRITEMODE_A = "NORMAL", WRITEMODE_B = "NORMAL",
    parameter GSR = "AUTO"
) (
    input
    DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4,
    DIA3, DIA2, DIA1, DIA0, ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3,
    ADA2, ADA1, ADA0, CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0, DIB17, DIB16, DIB15, DIB14,
    DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0, ADB13,
    ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0, CEB, OCEB,
    CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
    output
    DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4,
    DOA3, DOA2, DOA1, DOA0, DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8,
    DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0
);
  // With 36 bits, both ports' data pins serve one port: A writes, B reads.
  localparam integer WIDE_A = DATA_WIDTH_A == 36;
  localparam integer WIDE_B = DATA_WIDTH_B == 36;
  wire [13:0] addr_a = {
      ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
  wire [13:0] addr_b = {
      ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
  wire [17:0] in_a = {
      DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4,
      DIA3, DIA2, DIA1, DIA0};
  wire [17:0] in_b = {
      DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4,
      DIB3, DIB2, DIB1, DIB0};
  wire [35:0] out_a, out_b;
  assign {
      DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4,
      DOA3, DOA2, DOA1, DOA0} = WIDE_B ? out_b[17:0] : out_a[17:0];
  assign {
      DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4,
      DOB3, DOB2, DOB1, DOB0} = WIDE_B ? out_b[35:18] : out_b[17:0];

  block_ram #(
      .BYTE(9), .WIDTH_A(DATA_WIDTH_A), .WIDTH_B(DATA_WIDTH_B),
      .MODE_A(WRITEMODE_A == "NORMAL" ? 0 : WRITEMODE_A == "WRITETHROUGH" ? 1 : 2),
      .MODE_B(WRITEMODE_B == "NORMAL" ? 0 : WRITEMODE_B == "WRITETHROUGH" ? 1 : 2),
      .RESET_BLOCKS_WRITE(1)
  ) ram (
      .clk_a(CLKA), .ce_a(CEA), .we_a(WEA), .rst_a(RSTA), .bytes_a(addr_a[3:0]),
      .addr_a(addr_a), .in_a(WIDE_A ? {in_b, in_a} : {18'b0, in_a}), .out_a(out_a),
      .clk_b(CLKB), .ce_b(CEB), .we_b(WEB), .rst_b(RSTB), .bytes_b(addr_b[3:0]),
      .addr_b(addr_b), .in_b({18'b0, in_b}), .out_b(out_b));

  initial
    if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG" || CLKAMUX != "CLKA"
        || CLKBMUX != "CLKB" || CSDECODE_A != "0b000" || CSDECODE_B != "0b000") begin
      $display("DP16KD: these parameters are not modelled");
      $stop;
    end
  // Yosys leaves the kind of a reset that it does not use to chance.
  always @* if (RESETMODE != "SYNC" && (RSTA || RSTB)) $stop;
endmodule
