package core

// PlanImages is the plan that Resize makes for gradients by images.
func PlanImages(config Config, height, width, channels, batch int) ([]string, error) {
	config.Evaluation = nil
	s, err := New(config, height, width, channels)
	if err != nil {
		return nil, err
	}
	s, err = s.(Resizable).Resize(Layout{Height: height, Width: width, Batch: batch, ImageGradients: true})
	if err != nil {
		return nil, err
	}
	return s.(*stack).config.Evaluation, nil
}
