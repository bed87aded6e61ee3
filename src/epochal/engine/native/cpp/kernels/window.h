// The geometry of what slides over an image: of convolutions and poolings.
#pragma once

namespace epochal {

// Rows of images are (height, width, channels); those of sequences have a height of 1.
struct Window {
  long height = 1, width = 1, channels = 1;  // of the input
  long filters = 1;                          // channels of the output
  long kernel_height = 1, kernel_width = 1;
  long stride_height = 1, stride_width = 1;
  long dilation_height = 1, dilation_width = 1;
  long top = 0, bottom = 0, left = 0, right = 0;  // rows and columns of padding
  long groups = 1;  // of channels, each of which gives a group of filters

  long out_height() const {
    return (height + top + bottom - (kernel_height - 1) * dilation_height - 1) / stride_height + 1;
  }
  long out_width() const {
    return (width + left + right - (kernel_width - 1) * dilation_width - 1) / stride_width + 1;
  }
};

}  // namespace epochal
