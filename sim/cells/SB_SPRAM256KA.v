// Single-port RAM of iCE40UP5K, from Lattice's FPGA-TN-02022: 16,384 words of 16 bits, written by
// nibbles. Not modelled: loss of contents while POWEROFF is low.
module SB_SPRAM256KA (
    input [13:0] ADDRESS,
    input [15:0] DATAIN,
    input [3:0] MASKWREN,
    input WREN, CHIPSELECT, CLOCK, STANDBY, SLEEP, POWEROFF,
    output reg [15:0] DATAOUT
);
  reg [15:0] words [0:16383];
  wire awake = POWEROFF && !SLEEP && !STANDBY;
  integer k;

  initial for (k = 0; k < 16384; k = k + 1) words[k] = 16'h0;

  always @(posedge CLOCK)
    if (awake && CHIPSELECT) begin
      if (WREN) begin
        if (MASKWREN[0]) words[ADDRESS][3:0] <= DATAIN[3:0];
        if (MASKWREN[1]) words[ADDRESS][7:4] <= DATAIN[7:4];
        if (MASKWREN[2]) words[ADDRESS][11:8] <= DATAIN[11:8];
        if (MASKWREN[3]) words[ADDRESS][15:12] <= DATAIN[15:12];
        // What a write leaves at the output is not specified.
        DATAOUT <= ~words[ADDRESS];
      end else DATAOUT <= words[ADDRESS];
    end else if (!awake) DATAOUT <= 16'hDEAD;
endmodule
