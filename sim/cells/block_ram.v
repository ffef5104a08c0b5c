// Memory of 2048 bytes with two ports, each of 1 to 36 bits, as block RAMs have it. A byte has 9
// bits, or 8. The three lowest bits of an address count within a byte whose parts, 1, 2 or 4 bits,
// are accessed; wider accesses ignore them, and as many more as they have bytes. Reading what the other port writes in the same cycle returns the old value.
module block_ram #(
    parameter integer BYTE = 9,
    parameter integer WIDTH_A = 18,
    parameter integer WIDTH_B = 18,
    // What a port that writes reads: 0 nothing, 1 the new value, 2 the old one.
    parameter integer MODE_A = 0,
    parameter integer MODE_B = 0,
    parameter integer RESET_BLOCKS_WRITE = 0
) (
    input clk_a, ce_a, we_a, rst_a,
    input [3:0] bytes_a,
    input [13:0] addr_a,
    input [35:0] in_a,
    output reg [35:0] out_a,
    input clk_b, ce_b, we_b, rst_b,
    input [3:0] bytes_b,
    input [13:0] addr_b,
    input [35:0] in_b,
    output reg [35:0] out_b
);
  localparam integer COUNT_A = WIDTH_A > BYTE ? WIDTH_A / BYTE : 1;
  localparam integer COUNT_B = WIDTH_B > BYTE ? WIDTH_B / BYTE : 1;
  localparam integer PART_A = WIDTH_A > BYTE ? BYTE : WIDTH_A;
  localparam integer PART_B = WIDTH_B > BYTE ? BYTE : WIDTH_B;

  reg [BYTE-1:0] memory [0:2047];
  integer k, j;
  initial for (k = 0; k < 2048; k = k + 1) memory[k] = 0;
  initial out_a = 0;
  initial out_b = 0;

  // First byte of an access, and first bit of an access within a byte.
  wire [10:0] byte_a = addr_a[13:3] & ~(COUNT_A - 1);
  wire [10:0] byte_b = addr_b[13:3] & ~(COUNT_B - 1);
  wire [3:0] bit_a = WIDTH_A < 8 ? addr_a[2:0] & ~(WIDTH_A - 1) : 0;
  wire [3:0] bit_b = WIDTH_B < 8 ? addr_b[2:0] & ~(WIDTH_B - 1) : 0;

  reg [35:0] old_a, new_a, old_b, new_b;
  always @* begin
    old_a = 0;
    new_a = 0;
    for (k = 0; k < COUNT_A; k = k + 1) begin
      old_a[k*BYTE +: PART_A] = memory[byte_a + k][bit_a +: PART_A];
      new_a[k*BYTE +: PART_A] = COUNT_A == 1 || bytes_a[k] ? in_a[k*BYTE +: PART_A]
                                                           : old_a[k*BYTE +: PART_A];
    end
  end
  always @* begin
    old_b = 0;
    new_b = 0;
    for (j = 0; j < COUNT_B; j = j + 1) begin
      old_b[j*BYTE +: PART_B] = memory[byte_b + j][bit_b +: PART_B];
      new_b[j*BYTE +: PART_B] = COUNT_B == 1 || bytes_b[j] ? in_b[j*BYTE +: PART_B]
                                                           : old_b[j*BYTE +: PART_B];
    end
  end

  integer m, n;
  always @(posedge clk_a) begin
    if (ce_a && we_a && !(rst_a && RESET_BLOCKS_WRITE != 0))
      for (m = 0; m < COUNT_A; m = m + 1)
        memory[byte_a + m][bit_a +: PART_A] <= new_a[m*BYTE +: PART_A];
    if (rst_a) out_a <= 0;
    else if (ce_a && !(we_a && MODE_A == 0)) out_a <= we_a && MODE_A == 1 ? new_a : old_a;
  end
  always @(posedge clk_b) begin
    if (ce_b && we_b && !(rst_b && RESET_BLOCKS_WRITE != 0))
      for (n = 0; n < COUNT_B; n = n + 1)
        memory[byte_b + n][bit_b +: PART_B] <= new_b[n*BYTE +: PART_B];
    if (rst_b) out_b <= 0;
    else if (ce_b && !(we_b && MODE_B == 0)) out_b <= we_b && MODE_B == 1 ? new_b : old_b;
  end
endmodule
